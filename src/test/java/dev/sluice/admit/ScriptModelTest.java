package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
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
    void stateExpires() {
        Limit limit = limit(600, 200_000, Duration.ZERO);
        run(limit, new Step.Acquire(100_000));

        assertThat(TestRedis.keys().remainTimeToLive(DecideCall.stateKey(limit)))
                .isBetween(600_000L, 631_000L);
    }

    @Example
    void settlingWhatHasExpiredMakesNoState() {
        Limit limit = limit(600, 200_000, Duration.ZERO);

        assertThat(run(limit, new Step.Settle("id", 100, 0, false))).containsExactly(0L);
        assertThat(TestRedis.get(DecideCall.stateKey(limit))).isNull();
    }

    @Example
    void aPermitThatIsSettledTwiceInOneRunCountsOnce() {
        Limit limit = limit(60_000, 60_000, Duration.ZERO);
        run(limit, new Step.Acquire(60_000), new Step.Acquire(60_000));

        assertThat(run(limit, new Step.Settle("id", 60_000, 0, true), new Step.Settle("id", 60_000, 0, true)))
                .containsExactly(1L, 0L);
        assertThat(run(limit, new Step.Acquire(1_000)).get(0)).isGreaterThan(30_000_000);
    }

    private static List<Long> run(Limit limit, Step... steps) {
        DecideCall call = DecideCall.of(limit, List.of(steps), DecideCall.NOW);
        return TestRedis.run(Script.DECIDE, call.keys(), call.arguments().toArray());
    }

    private static Limit limit(long requests, long tokens, Duration burst) {
        return new Limit("test-" + UUID.randomUUID(), requests, tokens, burst, true);
    }

    /** Plays the same moves to the scripts, in batches, and to the model, one by one. */
    private static final class Run {
        private final Limit limit;
        private final List<Held> held = new ArrayList<>();
        private final List<Held> settled = new ArrayList<>();
        private final List<Step> batch = new ArrayList<>();
        private final List<Long> expected = new ArrayList<>();
        private Gcra model = Gcra.FRESH;
        private long now = START;
        private int permits;

        Run(Limit rates) {
            this.limit = limit(rates.requestsPerMinute(), rates.tokensPerMinute(), rates.burst());
        }

        void move(Move move) {
            if (!move.together) {
                send();
                now += move.after;
            }
            switch (move.kind) {
                case ACQUIRE -> acquire(Math.min(move.tokens, limit.tokensPerMinute()));
                case SETTLE -> settle(move.tokens, true);
                case IGNORE -> settle(0, false);
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
            DecideCall call = DecideCall.of(limit, batch, now);
            assertThat(TestRedis.run(
                            Script.DECIDE, call.keys(), call.arguments().toArray()))
                    .isEqualTo(expected);
            agree();
            batch.clear();
            expected.clear();
        }

        private void acquire(long tokens) {
            Gcra.Taken taken = model.acquire(limit, now, tokens);
            model = taken.state();
            held.add(new Held("permit-" + permits++, tokens));
            batch.add(new Step.Acquire(tokens));
            expected.add(taken.delay());
        }

        private void settle(long used, boolean requestUsed) {
            if (held.isEmpty()) {
                return;
            }
            Held permit = held.remove((int) (now % held.size()));
            settled.add(permit);
            model = model.settle(limit, now, permit.tokens, used, requestUsed);
            batch.add(new Step.Settle(permit.id, permit.tokens, used, requestUsed));
            expected.add(1L);
        }

        private void settleAgain(long used) {
            if (!settled.isEmpty()) {
                Held permit = settled.get((int) (now % settled.size()));
                batch.add(new Step.Settle(permit.id, permit.tokens, used, false));
                expected.add(0L);
            }
        }

        private void resume(long ahead) {
            send();
            model = model.spentFor(limit, now, ahead);
            TestRedis.run(
                    Script.RESUME,
                    List.of(DecideCall.stateKey(limit)),
                    limit.requestsPerMinute(),
                    limit.tokensPerMinute(),
                    limit.burstRequests(),
                    limit.burstTokens(),
                    ahead,
                    now);
            agree();
        }

        private void agree() {
            assertThat(TestRedis.get(DecideCall.stateKey(limit)))
                    .isEqualTo("%d %d %d %d"
                            .formatted(model.requestTat(), model.tokenTat(), model.lastSlot(), model.seen()));
        }
    }

    @Provide
    Arbitrary<Limit> limits() {
        return Combinators.combine(
                        Arbitraries.longs().between(1, 1_000_000),
                        Arbitraries.longs().between(1, 200_000_000),
                        Arbitraries.longs().between(0, 5_000))
                .as((requests, tokens, burst) ->
                        new Limit("default", requests, tokens, Duration.ofMillis(burst), true));
    }

    @Provide
    Arbitrary<List<Move>> moves() {
        return Combinators.combine(
                        Arbitraries.frequencyOf(
                                Tuple.of(8, Arbitraries.just(Kind.ACQUIRE)),
                                Tuple.of(6, Arbitraries.of(Kind.SETTLE, Kind.SETTLE_AGAIN, Kind.IGNORE)),
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
