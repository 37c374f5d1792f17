package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class GcraTest {
    private static final long SECOND = 1_000_000;
    private final Limit perSecond = new Limit("default", 60, 60_000, Duration.ZERO, true);

    @Example
    void spacesRequestsAtTheirRate() {
        assertThat(delays(perSecond, 10 * SECOND, 0, 0, 0)).containsExactly(0L, SECOND, 2 * SECOND);
    }

    @Example
    void admitsTheBurstAtOnce() {
        Limit limit = new Limit("default", 60, 60_000, Duration.ofSeconds(3), true);

        assertThat(delays(limit, 10 * SECOND, 0, 0, 0, 0, 0)).containsExactly(0L, 0L, 0L, SECOND, 2 * SECOND);
    }

    @Example
    void letsACallWaitForTokensWhenRequestsAreToSpare() {
        Limit limit = new Limit("default", 6_000, 60_000, Duration.ofSeconds(1), true);

        assertThat(delays(limit, 10 * SECOND, 600, 400, 500)).containsExactly(0L, 0L, SECOND / 2);
    }

    @Example
    void letsACallLargerThanTheBurstGoOnceNothingIsOwedAndThoseBehindItPay() {
        Limit limit = new Limit("default", 6_000, 60_000, Duration.ofSeconds(1), true);

        assertThat(delays(limit, 10 * SECOND, 500, 30_000, 10))
                .containsExactly(0L, SECOND / 2, 29 * SECOND + SECOND / 2 + 10_000);
    }

    @Example
    void givesAnUnusedReservationBackWhole() {
        Limit limit = new Limit("default", 6_000, 60_000, Duration.ofSeconds(1), true);
        Gcra before = Gcra.fresh(0).acquire(limit, 5 * SECOND, 700).state();
        Gcra after = before.acquire(limit, 5 * SECOND, 300).state().settle(limit, 6 * SECOND, 300, 0, false);

        assertThat(after.tokenTat()).isEqualTo(before.tokenTat());
        assertThat(after.requestTat()).isEqualTo(before.requestTat());
    }

    @Example
    void chargesWhatWasUsedBeyondTheReservation() {
        Gcra state = Gcra.fresh(0).acquire(perSecond, 5 * SECOND, 1_000).state();

        assertThat(state.settle(perSecond, 5 * SECOND, 1_000, 3_000, true)
                        .acquire(perSecond, 5 * SECOND, 1_000)
                        .delay())
                .isEqualTo(3 * SECOND);
    }

    @Example
    void neverGivesMoreThanTheBurstAfterRefunds() {
        Gcra state = Gcra.fresh(0)
                .acquire(perSecond, 5 * SECOND, 60_000)
                .state()
                .settle(perSecond, 5 * SECOND, 60_000, 0, false);

        assertThat(state.acquire(perSecond, 5 * SECOND, 1_000).delay()).isZero();
        assertThat(state.acquire(perSecond, 5 * SECOND, 1_000)
                        .state()
                        .acquire(perSecond, 5 * SECOND, 1_000)
                        .delay())
                .isEqualTo(SECOND);
    }

    @Example
    void letsNobodyWaitLongerWhenTheClockStepsBack() {
        Gcra state = Gcra.fresh(0).acquire(perSecond, 5_000 * SECOND, 0).state();

        Gcra.Taken taken = state.acquire(perSecond, 10 * SECOND, 0);
        assertThat(taken.delay()).isEqualTo(SECOND);
        assertThat(taken.state().acquire(perSecond, 11 * SECOND, 0).delay()).isEqualTo(SECOND);
    }

    @Example
    void startsAfterSlotsThatWereGivenElsewhereWithoutABurst() {
        Limit limit = new Limit("default", 60, 60_000, Duration.ofSeconds(10), true);
        Gcra state = Gcra.fresh(0).spentFor(limit, 5 * SECOND, 7 * SECOND);

        assertThat(state.acquire(limit, 5 * SECOND, 0).delay()).isEqualTo(8 * SECOND);
        assertThat(state.acquire(limit, 5 * SECOND, 2_000).delay()).isEqualTo(9 * SECOND);
    }

    @Example
    void startsWithoutABurstWhereHeadersAllowLessThanConfigured() {
        Limit limit = new Limit("default", 60, 60_000, Duration.ofSeconds(10), true);
        Gcra state = Gcra.fresh(0).hinted(limit, 5 * SECOND, 500_000, -1, 0).spentFor(limit, 5 * SECOND, 7 * SECOND);

        assertThat(state.acquire(limit, 5 * SECOND, 0).delay()).isEqualTo(9 * SECOND);
    }

    @Property(tries = 500)
    void givesNoWindowMoreThanTheBurstAndTheRate(@ForAll("limits") Limit limit, @ForAll("calls") List<Call> calls) {
        Grants grants = new Grants();
        Gcra state = Gcra.fresh(0);
        long now = 0;
        long last = 0;
        for (Call call : calls) {
            now += call.after;
            Gcra.Taken taken = state.acquire(limit, now, Math.min(call.tokens, limit.tokensPerMinute()));
            assertThat(taken.slot()).isGreaterThanOrEqualTo(last);
            state = taken.state();
            last = taken.slot();
            grants.add(taken.slot(), Math.min(call.tokens, limit.tokensPerMinute()));
        }
        grants.neverExceed(limit);
    }

    @Property(tries = 500)
    void givesNoMoreThanThatAndTheRefunds(@ForAll("limits") Limit limit, @ForAll("calls") List<Call> calls) {
        Gcra state = Gcra.fresh(0);
        long now = 0;
        long first = -1;
        long slot = 0;
        long taken = 0;
        long largest = limit.burstTokens();
        for (Call call : calls) {
            now += call.after;
            long tokens = Math.min(call.tokens, limit.tokensPerMinute());
            Gcra.Taken next = state.acquire(limit, now, tokens);
            state = next.state().settle(limit, now, tokens, tokens / 3, true);
            slot = next.slot();
            first = first < 0 ? slot : first;
            taken += tokens / 3;
            largest = Math.max(largest, tokens);
        }
        assertThat((double) taken)
                .isLessThanOrEqualTo(largest
                        + limit.tokensPerMinute() * (slot - first) / 60e6
                        + calls.size() * limit.tokensPerMinute() / 60e6);
    }

    record Call(long after, long tokens) {}

    @Provide
    Arbitrary<Limit> limits() {
        return Combinators.combine(
                        Arbitraries.longs().between(1, 100_000),
                        Arbitraries.longs().between(1, 10_000_000),
                        Arbitraries.longs().between(0, 5_000))
                .as((requests, tokens, burst) ->
                        new Limit("default", requests, tokens, Duration.ofMillis(burst), true));
    }

    @Provide
    Arbitrary<List<Call>> calls() {
        return Combinators.combine(
                        Arbitraries.longs().between(0, 3 * SECOND),
                        Arbitraries.longs().between(0, 20_000))
                .as(Call::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(60);
    }

    private static List<Long> delays(Limit limit, long now, long... tokens) {
        List<Long> delays = new ArrayList<>();
        Gcra state = Gcra.fresh(0);
        for (long each : tokens) {
            Gcra.Taken taken = state.acquire(limit, now, each);
            state = taken.state();
            delays.add(taken.delay());
        }
        return delays;
    }
}
