package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the scripts must not be changed into: each of these mistakes is made on purpose, in the text of the script, and a
 * property that the shipped script has is seen to break.
 */
class MutationTest {
    private static final long START = 1_764_000_000_000_000L;
    private static final long SECOND = 1_000_000;
    private static final long MINUTE = 60 * SECOND;

    /**
     * A mistake.
     *
     * @param shipped a part of the script's text
     * @param mistaken what stands there by mistake
     * @param property what no longer holds then; given the script's text
     */
    record Mutation(String name, String shipped, String mistaken, Consumer<String> property) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Mutation> mutations() {
        return Stream.of(
                new Mutation(
                        "the clock is the client's",
                        "local now = redis.call('TIME')",
                        "if true then return tonumber(redis.call('GET', KEYS[1] .. ':client-clock')) end\n"
                                + "local now = redis.call('TIME')",
                        MutationTest::nodesWithClocksThatDifferKeepTheLimit),
                new Mutation(
                        "the check and the write are two commands",
                        "redis.call('SET', key, table.concat(values, ' ')",
                        "redis.call('SET', key .. ':to-write', table.concat(values, ' ')",
                        MutationTest::nodesThatAskAtOnceKeepTheLimit),
                new Mutation(
                        "no fencing: late refusals count",
                        "if epoch < s.epoch or factor == 0 then",
                        "if factor == 0 then",
                        MutationTest::refusalsOfOneMomentCutOnce),
                new Mutation(
                        "the rate has a hard lower bound, half of what is configured",
                        "local LEAST = 1000\n",
                        "local LEAST = 500000\n",
                        MutationTest::theRateFallsAsFarAsRefusalsAsk),
                new Mutation(
                        "a settlement counts as often as it comes",
                        "if not redis.call('SET', mark, '1', 'PX', MARK_MS, 'NX') or not known then",
                        "if not redis.call('SET', mark, '1', 'PX', MARK_MS) or not known then",
                        MutationTest::settlingAgainGivesNothingBack),
                new Mutation(
                        "a clock that steps back is followed",
                        "s.seen, s.quiet, s.since = now, s.quiet - back, s.since - back",
                        "s.seen, s.quiet, s.since = math.max(now, s.seen), s.quiet, s.since",
                        MutationTest::aServerClockThatStepsBackHoldsNobodyUp),
                new Mutation(
                        "idle time raises the rate",
                        "math.min(running, lasts(s.slot - s.clock, speed))",
                        "running",
                        MutationTest::idleTimeRaisesNothing),
                new Mutation(
                        "a refused large request drains what small ones need",
                        "s.slot = math.max(s.clock, s.slot, s.requestTat",
                        "s.tokenTat = s.tokenTat + tokenCost\n  s.slot = math.max(s.clock, s.slot, s.requestTat",
                        MutationTest::tokensAreTakenOnce));
    }

    @ParameterizedTest
    @MethodSource("mutations")
    void theShippedScriptHasTheProperty(Mutation mutation) {
        mutation.property.accept(Script.DECIDE.text());
    }

    @ParameterizedTest
    @MethodSource("mutations")
    void theMistakeIsCaught(Mutation mutation) {
        String shipped = Script.DECIDE.text();
        assertThat(shipped).as("the part that is replaced").containsOnlyOnce(mutation.shipped);
        String mistaken = shipped.replace(mutation.shipped, mutation.mistaken);

        assertThatThrownBy(() -> mutation.property.accept(mistaken)).isInstanceOf(AssertionError.class);
    }

    /** Ten nodes, every other one ahead by a minute, ask at once: a minute of 60 requests gives 60, not more. */
    private static void nodesWithClocksThatDifferKeepTheLimit(String script) {
        Redis redis = new Redis(script, 60);
        List<Long> waits = new ArrayList<>();
        for (int node = 0; node < 10; node++) {
            TestRedis.set(DecideCall.stateKey(redis.limit) + ":client-clock", Long.toString(START + node % 2 * MINUTE));
            waits.add(redis.wait(DecideCall.NOW, DecideCall.NOW, new Step.Acquire(1)));
        }

        assertThat(waits).filteredOn(wait -> wait < 8 * SECOND).hasSizeLessThanOrEqualTo(9);
    }

    /** Two nodes, each of which writes only after the other has read. */
    private static void nodesThatAskAtOnceKeepTheLimit(String script) {
        Redis redis = new Redis(script, 60);
        Grants grants = new Grants();
        for (int i = 0; i < 10; i++) {
            grants.add(redis.slot(START, 1), 1);
            grants.add(redis.slot(START, 1), 1);
            String written = TestRedis.get(DecideCall.stateKey(redis.limit) + ":to-write");
            if (written != null) {
                TestRedis.set(DecideCall.stateKey(redis.limit), written);
            }
        }

        grants.neverExceed(redis.limit);
    }

    /** Twenty calls were on their way when the first refusal came. */
    private static void refusalsOfOneMomentCutOnce(String script) {
        Redis redis = new Redis(script, 6_000);
        for (int i = 0; i < 200; i++) {
            redis.slot(START, 1);
        }
        for (int i = 0; i < 20; i++) {
            redis.refused(START + 2 * SECOND + i * 1_000, SECOND, 0, -1);
        }

        Pace pace = redis.pace(START + 3 * SECOND);
        assertThat(pace.epoch()).isEqualTo(1);
        assertThat(pace.speed()).isGreaterThan(900_000);
    }

    /** Every two seconds the upstream refuses, and wants to be left alone for one of them. */
    private static void theRateFallsAsFarAsRefusalsAsk(String script) {
        Redis redis = new Redis(script, 6_000);
        for (int i = 0; i < 5_000; i++) {
            redis.slot(START, 1);
        }
        for (long second = 4; second <= 120; second += 4) { // each some calls after the last cool-down
            long now = START + second * SECOND;
            redis.refused(now, 1_000, redis.pace(now).epoch(), SECOND);
        }

        assertThat(redis.pace(START + 120 * SECOND).speed()).isLessThan(200_000);
    }

    /** Three calls of a minute of tokens each; a quarter of the first is given back, and given back again. */
    private static void settlingAgainGivesNothingBack(String script) {
        Redis redis = new Redis(script, 6_000);
        for (int i = 0; i < 3; i++) {
            redis.slot(START, 60_000);
        }
        Step unused = new Step.Settle("permit", 60_000, 45_000, true, News.NONE);
        redis.run(START, unused, unused);
        redis.run(START, unused);

        assertThat(redis.slot(START + 2 * MINUTE, 60_000)).isEqualTo(START + 165 * SECOND);
    }

    private static void aServerClockThatStepsBackHoldsNobodyUp(String script) {
        Redis redis = new Redis(script, 60);
        redis.slot(START, 1);

        assertThat(redis.wait(START - 10 * MINUTE, START - 10 * MINUTE, new Step.Acquire(1)))
                .isLessThanOrEqualTo(SECOND);
        assertThat(redis.wait(START - 9 * MINUTE, START - 9 * MINUTE, new Step.Acquire(1)))
                .isZero();
    }

    private static void idleTimeRaisesNothing(String script) {
        Redis redis = new Redis(script, 600);
        for (int i = 0; i < 50; i++) {
            redis.slot(START, 1);
        }
        redis.refused(START + SECOND, 1_000, 0, -1);
        long cut = redis.pace(START + 10 * SECOND).speed();

        assertThat(redis.pace(START + 60 * MINUTE).speed()).isLessThan(cut + 20_000);
    }

    private static void tokensAreTakenOnce(String script) {
        Redis redis = new Redis(script, 6_000);
        redis.slot(START, 60_000);

        assertThat(redis.slot(START, 1)).isLessThanOrEqualTo(START + MINUTE);
    }

    /** A limit of so many requests and 60,000 tokens a minute in Redis, on a script with or without a mistake. */
    private record Redis(String script, Limit limit) {
        Redis(String script, long requestsPerMinute) {
            this(script, new Limit("mutation-" + UUID.randomUUID(), requestsPerMinute, 60_000, Duration.ZERO, true));
        }

        List<Long> run(Object now, Step... steps) {
            DecideCall call = DecideCall.of(limit, List.of(steps), now);
            return TestRedis.run(script, call.keys(), call.arguments().toArray());
        }

        /** The slot of a call of so many tokens. */
        long slot(long now, long tokens) {
            return DecideCall.answers(run(now, new Step.Acquire(tokens))).get(0);
        }

        /** How long the slot is away that a step was given. */
        long wait(Object now, Object then, Step step) {
            long slot = DecideCall.answers(run(now, step)).get(0);
            return DecideCall.pace(run(then, new Step.Look()), 0).until(slot, 0);
        }

        void refused(long now, long age, long epoch, long pause) {
            News news = new News(new Refusal(age, epoch, pause), -1, -1, 0);
            run(now, new Step.Settle(UUID.randomUUID().toString(), 1, 1, true, news));
        }

        Pace pace(long now) {
            return DecideCall.pace(run(now, new Step.Look()), 0);
        }
    }
}
