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

    record Step(Kind kind, long after, long tokens) {}

    /** A permit that is not settled yet, or is. */
    private record Held(String id, long tokens) {}

    @Property(tries = 300)
    void scriptsDoWhatTheModelDoes(@ForAll("limits") Limit limit, @ForAll("steps") List<Step> steps) {
        Run run = new Run(limit);
        steps.forEach(run::step);
    }

    @Example
    void stateExpires() {
        Run run = new Run(Limit.perMinute("default", 600, 200_000));
        run.step(new Step(Kind.ACQUIRE, 0, 100_000));

        assertThat(TestRedis.keys().remainTimeToLive(run.state)).isBetween(600_000L, 631_000L);
    }

    @Example
    void settlingWhatHasExpiredMakesNoState() {
        String state = "sluice:{" + UUID.randomUUID() + "}:limit";

        assertThat(TestRedis.run(Script.SETTLE, List.of(state, state + ":mark"), 600, 200_000, 100, 0, 1))
                .isZero();
        assertThat(TestRedis.get(state)).isNull();
        TestRedis.keys().delete(state + ":mark");
    }

    /** Plays the same steps to the scripts and to the model. */
    private static final class Run {
        private final Limit limit;
        private final String tag = "sluice:{" + UUID.randomUUID() + "}:";
        private final String state = tag + "limit";
        private final List<Held> held = new ArrayList<>();
        private final List<Held> settled = new ArrayList<>();
        private Gcra model = Gcra.FRESH;
        private long now = START;
        private int permits;

        Run(Limit limit) {
            this.limit = limit;
        }

        void step(Step step) {
            now += step.after;
            switch (step.kind) {
                case ACQUIRE -> acquire(Math.min(step.tokens, limit.tokensPerMinute()));
                case SETTLE -> settle(step.tokens, true);
                case IGNORE -> settle(0, false);
                case SETTLE_AGAIN -> settleAgain(step.tokens);
                case RESUME -> resume(step.tokens * 1_000);
                case FLUSH_SCRIPTS -> TestRedis.flushScripts();
            }
        }

        private void acquire(long tokens) {
            Gcra.Taken taken = model.acquire(limit, now, tokens);
            model = taken.state();
            held.add(new Held("permit-" + permits++, tokens));
            assertThat(TestRedis.run(
                            Script.ACQUIRE,
                            List.of(state),
                            limit.requestsPerMinute(),
                            limit.tokensPerMinute(),
                            limit.burstRequests(),
                            limit.burstTokens(),
                            tokens,
                            now))
                    .isEqualTo(taken.delay());
            agree();
        }

        private void settle(long used, boolean requestUsed) {
            if (held.isEmpty()) {
                return;
            }
            Held permit = held.remove((int) (now % held.size()));
            settled.add(permit);
            model = model.settle(limit, now, permit.tokens, used, requestUsed);
            assertThat(send(permit, used, requestUsed)).isEqualTo(1);
            agree();
        }

        private void settleAgain(long used) {
            if (!settled.isEmpty()) {
                assertThat(send(settled.get((int) (now % settled.size())), used, false))
                        .isZero();
                agree();
            }
        }

        private void resume(long ahead) {
            model = model.spentFor(limit, now, ahead);
            TestRedis.run(
                    Script.RESUME,
                    List.of(state),
                    limit.requestsPerMinute(),
                    limit.tokensPerMinute(),
                    limit.burstRequests(),
                    limit.burstTokens(),
                    ahead,
                    now);
            agree();
        }

        private long send(Held permit, long used, boolean requestUsed) {
            return TestRedis.run(
                    Script.SETTLE,
                    List.of(state, tag + "settled:" + permit.id),
                    limit.requestsPerMinute(),
                    limit.tokensPerMinute(),
                    permit.tokens,
                    used,
                    requestUsed ? 0 : 1,
                    now);
        }

        private void agree() {
            assertThat(TestRedis.get(state))
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
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.frequencyOf(
                                Tuple.of(8, Arbitraries.just(Kind.ACQUIRE)),
                                Tuple.of(6, Arbitraries.of(Kind.SETTLE, Kind.SETTLE_AGAIN, Kind.IGNORE)),
                                Tuple.of(1, Arbitraries.of(Kind.RESUME, Kind.FLUSH_SCRIPTS))),
                        Arbitraries.longs().between(-100_000, 3_000_000),
                        Arbitraries.longs().between(0, 50_000))
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(40);
    }
}
