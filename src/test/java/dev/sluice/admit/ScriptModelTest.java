package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** The scripts against {@link Gcra}, on a real Redis with the time given to them. */
class ScriptModelTest {
    private static final long START = 1_764_000_000_000_000L; // a time of today in µs, where doubles are coarse

    /** One thing that happens. */
    enum Kind {
        ACQUIRE,
        SETTLE,
        SETTLE_AGAIN,
        IGNORE,
        REFUSED,
        REFUSED_LATE,
        REFUSED_WITHOUT_A_WORD,
        HINTED,
        RESUME,
        FLUSH_SCRIPTS
    }

    /** @param together at the moment of the one before it, in the same run of the script */
    record Move(Kind kind, boolean together, long after, long tokens) {}

    /** A permit that is not settled yet, or is. */
    private record Held(String id, long tokens) {}

    @Property(tries = 300)
    void scriptsDoWhatTheModelDoesOneByOne(@ForAll("limits") Limit limit, @ForAll("moves") List<Move> moves) {
        Run run = new Run(limit);
        moves.forEach(run::move);
        run.send();
    }

    @Example
    void scriptsTakeTheSameRefusalsForEchoes() {
        Run run = new Run(new Limit("default", 6_000, 1_000_000_000, Duration.ZERO, true, 1.5));
        for (int i = 0; i < 300; i++) {
            run.move(new Move(Kind.ACQUIRE, true, 0, 1));
        }
        List<Long> depths = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            run.move(new Move(Kind.REFUSED, false, 2_500_000, 1));
            run.send();
            depths.add(run.model.rate().depth());
        }

        assertThat(depths).startsWith(60_000L, 30_000L, 40_000L, 50_000L, 60_000L, 30_000L);
    }

    @Example
    void stateExpires() {
        Limit limit = limit(600, 200_000, Duration.ZERO);
        run(limit, new Step.Acquire(100_000));

        assertThat(TestRedis.keys().remainTimeToLive(DecideCall.stateKey(limit)))
                .isBetween(600_000L, 631_000L);
    }

    @Example
    void settlingWhatHasExpiredMakesNoState() {
        Limit limit = limit(600, 200_000, Duration.ZERO);

        assertThat(run(limit, new Step.Settle("id", 100, 0, false, News.NONE))).containsExactly(0L);
        assertThat(TestRedis.get(DecideCall.stateKey(limit))).isNull();
    }

    @Example
    void aPermitThatIsSettledTwiceInOneRunCountsOnce() {
        Limit limit = limit(60_000, 60_000, Duration.ZERO);
        long first =
                run(limit, new Step.Acquire(60_000), new Step.Acquire(60_000)).get(0);

        assertThat(run(
                        limit,
                        new Step.Settle("id", 60_000, 0, true, News.NONE),
                        new Step.Settle("id", 60_000, 0, true, News.NONE)))
                .containsExactly(1L, 0L);
        assertThat(run(limit, new Step.Acquire(1_000)).get(0) - first).isGreaterThan(30_000_000);
    }

    @Example
    void aRefusalThatIsReportedTwiceCutsOnce() {
        Limit limit = limit(600, 200_000, Duration.ZERO);
        run(limit, new Step.Acquire(10));
        News refused = new News(new Refusal(0, 0, -1), -1, -1, 0);

        assertThat(run(limit, settle("id", 10, refused), settle("id", 10, refused)))
                .containsExactly(1L, 0L);
        assertThat(pace(limit).epoch()).isEqualTo(1);
    }

    @Example
    void aStateOfAnotherVersionIsForgotten() {
        Limit limit = limit(600, 200_000, Duration.ZERO);
        TestRedis.set(
                DecideCall.stateKey(limit), "1764000012300000 1764000011046600 1764000012200000 1764000011000000");

        assertThat(DecideCall.answers(answer(limit, List.of(new Step.Acquire(10)), START)))
                .containsExactly(START);
    }

    @Example
    void slotsStayNearWhenTheStateThatGaveThemIsLost() {
        Limit limit = limit(600, 200_000, Duration.ZERO);
        answer(limit, List.of(new Step.Acquire(10)), START);
        long later = START + Duration.ofHours(3).toSeconds() * 1_000_000;
        List<Long> slots = DecideCall.answers(
                answer(limit, List.of(new Step.Acquire(10), new Step.Acquire(10), new Step.Acquire(10)), later));
        TestRedis.keys().delete(DecideCall.stateKey(limit));

        long soon = later + 50_000;
        Pace begunAnew = DecideCall.pace(answer(limit, List.of(new Step.Look()), soon), soon);
        assertThat(slots).extracting(slot -> begunAnew.until(slot, soon)).containsExactly(0L, 50_000L, 150_000L);
        assertThat(DecideCall.answers(answer(limit, List.of(new Step.Acquire(10)), soon)))
                .as("slots of the new one are not before now")
                .containsExactly(soon);
    }

    private static Step settle(String permit, long reserved, News news) {
        return new Step.Settle(permit, reserved, reserved, true, news);
    }

    private static Pace pace(Limit limit) {
        return DecideCall.pace(answer(limit, List.of(new Step.Look()), DecideCall.NOW), 0);
    }

    private static List<Long> run(Limit limit, Step... steps) {
        return DecideCall.answers(answer(limit, List.of(steps), DecideCall.NOW));
    }

    private static List<Long> answer(Limit limit, List<Step> steps, Object time) {
        DecideCall call = DecideCall.of(limit, steps, time);
        return TestRedis.run(Script.DECIDE, call.keys(), call.arguments().toArray());
    }

    private static Limit limit(long requests, long tokens, Duration burst) {
        return limit(requests, tokens, burst, Limit.DEFAULT_ADAPTIVE_FACTOR);
    }

    private static Limit limit(long requests, long tokens, Duration burst, double adaptiveFactor) {
        return new Limit("test-" + UUID.randomUUID(), requests, tokens, burst, true, adaptiveFactor);
    }

    /** Plays the same moves to the scripts, in batches, and to the model, one by one. */
    private static final class Run {
        private final Limit limit;
        private final List<Held> held = new ArrayList<>();
        private final List<Held> settled = new ArrayList<>();
        private final List<Step> batch = new ArrayList<>();
        private final List<Long> expected = new ArrayList<>();
        private Gcra model = Gcra.fresh(START);
        private boolean touched;
        private long now = START;
        private int permits;

        Run(Limit rates) {
            this.limit =
                    limit(rates.requestsPerMinute(), rates.tokensPerMinute(), rates.burst(), rates.adaptiveFactor());
        }

        void move(Move move) {
            if (!move.together) {
                send();
                now += move.after;
            }
            switch (move.kind) {
                case ACQUIRE -> acquire(Math.min(move.tokens, limit.tokensPerMinute()));
                case SETTLE -> settle(move.tokens, true, News.NONE);
                case IGNORE -> settle(0, false, News.NONE);
                case REFUSED -> refused(move.tokens, model.epoch(), move.tokens * 100);
                case REFUSED_LATE -> refused(move.tokens, model.epoch() - 1, move.tokens * 100);
                case REFUSED_WITHOUT_A_WORD -> refused(move.tokens, model.epoch(), -1);
                case HINTED -> settle(move.tokens, true, hint(move.tokens));
                case SETTLE_AGAIN -> settleAgain(move.tokens);
                case RESUME -> resume(move.tokens * 1_000);
                case FLUSH_SCRIPTS -> TestRedis.flushScripts();
            }
        }

        /** Sends what was collected, and compares every answer and what is stored. */
        void send() {
            if (batch.isEmpty()) {
                return;
            }
            List<Long> answer = answer(limit, batch, now);
            assertThat(DecideCall.answers(answer)).isEqualTo(expected);
            agree();
            if (model.seen() == now) {
                Pace pace = model.pace(limit);
                assertThat(DecideCall.pace(answer, now))
                        .isEqualTo(new Pace(
                                now,
                                pace.epoch(),
                                Math.max(now, pace.quiet()),
                                pace.shows(),
                                pace.speed(),
                                pace.allowed()));
            }
            batch.clear();
            expected.clear();
        }

        private void acquire(long tokens) {
            touch();
            Gcra.Taken taken = model.acquire(limit, now, tokens);
            model = taken.state();
            held.add(new Held("permit-" + permits++, tokens));
            batch.add(new Step.Acquire(tokens));
            expected.add(taken.slot());
        }

        private void settle(long used, boolean requestUsed, News news) {
            if (held.isEmpty()) {
                return;
            }
            Held permit = held.remove((int) (now % held.size()));
            settled.add(permit);
            model = model.settle(limit, now, permit.tokens, used, requestUsed).told(limit, now, permit.tokens, news);
            batch.add(new Step.Settle(permit.id, permit.tokens, used, requestUsed, news));
            expected.add(1L);
        }

        private void refused(long age, long epoch, long pause) {
            settle(0, true, new News(new Refusal(age * 10, epoch, pause), -1, -1, 0));
        }

        private static News hint(long any) {
            return new News(null, any % 5 == 0 ? -1 : 1_000 + any * 19, any % 3 == 0 ? -1 : 1_000 + any * 7, any % 900);
        }

        /** The script's first state begins when it is made. */
        private void touch() {
            if (!touched) {
                model = Gcra.fresh(now);
                touched = true;
            }
        }

        private void settleAgain(long used) {
            if (!settled.isEmpty()) {
                Held permit = settled.get((int) (now % settled.size()));
                batch.add(new Step.Settle(permit.id, permit.tokens, used, false, hint(used)));
                expected.add(0L);
            }
        }

        private void resume(long ahead) {
            send();
            long speed = 1_000 + ahead % 999_001;
            if (!touched) {
                model = Gcra.fresh(now, Rate.known(speed, limit.adaptiveFactor()));
                touched = true;
            }
            model = model.spentFor(limit, now, ahead);
            TestRedis.run(
                    Script.RESUME,
                    List.of(DecideCall.stateKey(limit)),
                    limit.requestsPerMinute(),
                    limit.tokensPerMinute(),
                    limit.burstRequests(),
                    limit.burstTokens(),
                    limit.adaptiveFactor(),
                    ahead,
                    speed,
                    now);
            agree();
        }

        private void agree() {
            assertThat(TestRedis.get(DecideCall.stateKey(limit))).isEqualTo(touched ? text(model) : null);
        }

        private static String text(Gcra state) {
            Rate rate = state.rate();
            Allowed allowed = state.allowed();
            return LongStream.of(
                            state.seen(),
                            state.quiet(),
                            state.since(),
                            state.epoch(),
                            state.clock(),
                            state.cutClock(),
                            state.requestTat(),
                            state.tokenTat(),
                            state.slot(),
                            rate.peak(),
                            rate.depth(),
                            rate.grown(),
                            rate.calls(),
                            rate.usual(),
                            allowed.requests(),
                            allowed.tokens(),
                            allowed.turn(),
                            allowed.drag())
                    .mapToObj(Long::toString)
                    .collect(Collectors.joining(" "));
        }
    }

    @Provide
    Arbitrary<Limit> limits() {
        return Combinators.combine(
                        Arbitraries.longs().between(1, 1_000_000),
                        Arbitraries.longs().between(1, 200_000_000),
                        Arbitraries.longs().between(0, 5_000),
                        Arbitraries.of(0, 0.7, 1.5, 1.5, 5.0))
                .as((requests, tokens, burst, factor) ->
                        new Limit("default", requests, tokens, Duration.ofMillis(burst), true, factor.doubleValue()));
    }

    @Provide
    Arbitrary<List<Move>> moves() {
        return Combinators.combine(
                        Arbitraries.frequencyOf(
                                Tuple.of(8, Arbitraries.just(Kind.ACQUIRE)),
                                Tuple.of(6, Arbitraries.of(Kind.SETTLE, Kind.SETTLE_AGAIN, Kind.IGNORE)),
                                Tuple.of(
                                        4,
                                        Arbitraries.of(
                                                Kind.REFUSED,
                                                Kind.REFUSED_LATE,
                                                Kind.REFUSED_WITHOUT_A_WORD,
                                                Kind.HINTED)),
                                Tuple.of(1, Arbitraries.of(Kind.RESUME, Kind.FLUSH_SCRIPTS))),
                        Arbitraries.of(true, true, true, false),
                        Arbitraries.longs().between(-100_000, 3_000_000),
                        Arbitraries.longs().between(0, 50_000))
                .as(Move::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(60);
    }
}
