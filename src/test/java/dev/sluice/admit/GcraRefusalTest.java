package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** What refusals and headers do to the rate, and to those who have their slot already. */
class GcraRefusalTest {
    private static final long SECOND = 1_000_000;
    private static final long NOT_SAID = -1;
    private final Limit perSecond = new Limit("default", 60, 60_000, Duration.ZERO, true, 1.5);
    private final Limit fixed = new Limit("default", 60, 60_000, Duration.ZERO, true, 0);

    @Example
    void aRefusalSlowsTheClockForThoseWhoWaitAlready() {
        Gcra.Taken last = acquire(Gcra.fresh(0), 0, 5);
        Gcra refused = refused(last.state(), SECOND, NOT_SAID);

        assertThat(last.delay()).isEqualTo(4 * SECOND);
        assertThat(refused.pace(perSecond).speed()).isEqualTo(861_666);
        assertThat(refused.pace(perSecond).until(last.slot(), SECOND))
                .as("a cool-down of two calls, then 3 s of the clock")
                .isEqualTo(2_321_085 + 3_481_628);
    }

    @Example
    void aRetryAfterHoldsEverybodyAsLong() {
        Gcra refused = refused(acquire(Gcra.fresh(0), 0, 2).state(), 0, 7 * SECOND);

        assertThat(refused.acquire(perSecond, 0, 0).delay()).isGreaterThan(9 * SECOND);
        assertThat(refused.pace(perSecond).shows(7 * SECOND)).isZero();
    }

    @Example
    void aBurstOfRefusalsOfCallsSentBeforeTheCutCountsOnce() {
        Gcra cut = refused(acquire(Gcra.fresh(0), 0, 50).state(), SECOND, NOT_SAID);
        Gcra after = cut;
        for (int i = 0; i < 20; i++) {
            after = after.refused(perSecond, SECOND, 0, new Refusal(SECOND, 0, NOT_SAID));
        }

        assertThat(after).isEqualTo(cut);
    }

    @Example
    void aLateRefusalStillProlongsTheCoolDown() {
        Gcra cut = refused(acquire(Gcra.fresh(0), 0, 50).state(), SECOND, NOT_SAID);
        Gcra later = cut.refused(perSecond, SECOND, 0, new Refusal(SECOND, 0, 9 * SECOND));

        assertThat(later.quiet()).isEqualTo(10 * SECOND);
        assertThat(later.rate()).isEqualTo(cut.rate());
        assertThat(later.epoch()).isEqualTo(cut.epoch());
    }

    @Example
    void aRefusalOfACallThatWasSentAfterTheCutCutsAgain() {
        Gcra state = refused(acquire(Gcra.fresh(0), 0, 50).state(), SECOND, NOT_SAID);
        long first = state.pace(perSecond).speed();
        state = state.refused(perSecond, 30 * SECOND, 0, new Refusal(SECOND, 1, NOT_SAID));

        assertThat(state.pace(perSecond).speed()).isLessThan(first * 97 / 100);
        assertThat(state.epoch()).isEqualTo(2);
    }

    @Example
    void anUpstreamThatIsShutIsLeftAloneEverLongerAndItsRateIsNotCut() {
        Gcra state = refused(acquire(Gcra.fresh(0), 0, 50).state(), SECOND, NOT_SAID);
        long speed = state.pace(perSecond).speed();
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            long sent = state.quiet();
            state = state.refused(perSecond, sent, 0, new Refusal(0, state.epoch(), NOT_SAID));
            pauses.add((state.quiet() - sent) / SECOND);
        }

        assertThat(pauses).containsExactly(4L, 9L, 18L, 37L, 60L, 60L, 60L, 60L);
        assertThat(state.pace(perSecond).speed()).isEqualTo(speed);
    }

    @Example
    void anIdleLimitIsNotRaised() {
        Gcra cut = refused(acquire(Gcra.fresh(0), 0, 2).state(), SECOND, NOT_SAID);
        Gcra dayLater = cut.acquire(perSecond, 86_400 * SECOND, 0).state();

        assertThat(dayLater.pace(perSecond).speed()).isLessThan(975_000);
    }

    @Example
    void aLimitThatIsWaitedForIsRaisedAgain() {
        Gcra state = refused(acquire(Gcra.fresh(0), 0, 600).state(), SECOND, NOT_SAID);
        for (int second = 2; second < 400; second++) {
            state = state.acquire(perSecond, second * SECOND, 0).state();
        }

        assertThat(state.pace(perSecond).speed()).isEqualTo(Rate.FULL);
    }

    @Example
    void aFixedLimitIsNeverCutButCoolsDown() {
        Gcra refused = Gcra.fresh(0)
                .acquire(fixed, 0, 0)
                .state()
                .refused(fixed, SECOND, 0, new Refusal(SECOND, 0, 3 * SECOND));

        assertThat(refused.pace(fixed).speed()).isEqualTo(Rate.FULL);
        assertThat(refused.acquire(fixed, SECOND, 0).delay()).isEqualTo(3 * SECOND);
    }

    @Example
    void headersChangeWhatCallsCostAndStretchTheQueue() {
        Gcra.Taken last = acquire(Gcra.fresh(0), 0, 5);
        Gcra told = last.state().hinted(perSecond, SECOND, 500_000, -1, 0);
        Gcra.Taken next = told.acquire(perSecond, SECOND, 0);

        assertThat(told.pace(perSecond).until(last.slot(), SECOND)).isEqualTo(6 * SECOND);
        assertThat(next.delay()).isEqualTo(7 * SECOND);
        assertThat(next.state().acquire(perSecond, SECOND, 0).delay()).isEqualTo(9 * SECOND);
    }

    @Example
    void headersThatSayTheSameChangeNothing() {
        Gcra told = acquire(Gcra.fresh(0), 0, 5).state().hinted(perSecond, SECOND, 500_000, -1, 0);

        assertThat(told.hinted(perSecond, SECOND, 500_000, -1, 0)).isEqualTo(told);
    }

    @Example
    void headersThatSayThatNothingIsLeftHoldEverybody() {
        Gcra told = Gcra.fresh(0).hinted(perSecond, SECOND, -1, -1, 4 * SECOND);

        assertThat(told.acquire(perSecond, SECOND, 0).delay()).isEqualTo(4 * SECOND);
        assertThat(told.rate()).isEqualTo(Rate.CONFIGURED.after(SECOND, SECOND, 0));
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void slotsKeepTheirOrderWhateverTheUpstreamSays(
            @ForAll @IntRange(min = 2, max = 30) int calls,
            @ForAll @LongRange(min = 1, max = 20 * SECOND) long gap,
            @ForAll @LongRange(min = 1_000, max = Rate.FULL) long allowed,
            @ForAll @LongRange(min = -1, max = 20 * SECOND) long pause) {
        Gcra state = Gcra.fresh(0);
        long now = 0;
        long before = -1;
        for (int i = 0; i < calls; i++) {
            now += gap;
            Gcra.Taken taken = state.acquire(perSecond, now, i * 100L);
            state = taken.state();
            if (i % 3 == 1) {
                state = refused(state, now, pause);
            }
            if (i % 5 == 2) {
                state = state.hinted(perSecond, now, allowed, -1, 0);
            }
            assertThat(taken.slot()).isGreaterThan(before);
            assertThat(state.clock()).isLessThanOrEqualTo(now);
            before = taken.slot();
        }
    }

    private Gcra.Taken acquire(Gcra from, long now, int calls) {
        Gcra.Taken taken = from.acquire(perSecond, now, 0);
        for (int i = 1; i < calls; i++) {
            taken = taken.state().acquire(perSecond, now, 0);
        }
        return taken;
    }

    private Gcra refused(Gcra state, long now, long pause) {
        return state.refused(perSecond, now, 0, new Refusal(0, state.epoch(), pause));
    }
}
