package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;

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
import net.jqwik.api.constraints.IntRange;

/** The rule of calls in flight, and the script that does the same in Redis. */
class CapacityTest {
    private static final long LEASE = 5_000;

    /** What a node reports. */
    record Report(int node, int inFlight, int more, int ended, int overloaded, int after) {}

    @Property(tries = 300)
    void anUpstreamThatBearsItsLoadIsNeverHeldBack(
            @ForAll("reports") List<Report> reports, @ForAll @IntRange(min = 1, max = 50) int max) {
        Capacity capacity = Capacity.fresh(max);
        for (Report report : reports) {
            int ended = 10 * report.ended;
            capacity = capacity.told(1, max, ended, report.ended, report.inFlight); // a tenth fails
            assertThat(capacity.most()).isEqualTo(max);
        }
    }

    @Property(tries = 300)
    void staysWithinItsBounds(@ForAll("reports") List<Report> reports) {
        Capacity capacity = Capacity.fresh(100);
        for (Report report : reports) {
            capacity = capacity.told(3, 100, report.ended, Math.min(report.ended, report.overloaded), report.inFlight);
            assertThat(capacity.most()).isBetween(3.0, 100.0);
        }
    }

    @Example
    void findsWhatAnUpstreamBearsAndUsesMostOfIt() {
        int bears = 40;
        Capacity capacity = Capacity.fresh(10_000);
        double used = 0;
        long failed = 0;
        for (int round = 0; round < 400; round++) {
            long inFlight = Math.min(200, (long) capacity.most());
            long bad = Math.max(0, inFlight - bears); // what is too much fails
            capacity = capacity.told(4, 10_000, Math.max(10, inFlight), bad, inFlight);
            if (round >= 100) {
                used += Math.min(bears, inFlight);
                failed += bad;
            }
        }
        assertThat(used / (300 * bears)).isGreaterThan(0.9);
        assertThat(failed / (300.0 * bears)).isLessThan(0.1);
    }

    @Example
    void comesBackWhenTheUpstreamDoes() {
        Capacity capacity = Capacity.fresh(1_000);
        for (int round = 0; round < 30; round++) {
            long inFlight = Math.min(200, (long) capacity.most());
            capacity = capacity.told(4, 1_000, Math.max(10, inFlight), Math.max(10, inFlight), inFlight);
        }
        assertThat(capacity.most()).isEqualTo(4);
        int rounds = 0;
        for (; capacity.most() < 200; rounds++) {
            long inFlight = Math.min(200, (long) capacity.most());
            capacity = capacity.told(4, 1_000, Math.max(10, inFlight), 0, inFlight);
        }
        assertThat(rounds).isLessThan(100);
    }

    @Property(tries = 100)
    void theScriptDoesWhatTheRuleDoesAndNeverGivesMorePlacesThanThereAre(@ForAll("reports") List<Report> reports) {
        List<Object> key = List.of("sluice:{places-" + UUID.randomUUID() + "}:places");
        Capacity model = Capacity.fresh(60);
        long now = 1_764_000_000_000L;
        long[] held = new long[3];
        long[] inFlight = new long[3];
        for (Report report : reports) {
            now += report.after;
            inFlight[report.node] = Math.min(report.inFlight, Math.max(1, held[report.node]));
            long all = inFlight[0] + inFlight[1] + inFlight[2];
            long overloaded = Math.min(report.ended, report.overloaded);
            List<Long> answer = TestRedis.run(
                    Script.PLACES,
                    key,
                    "node" + report.node,
                    inFlight[report.node],
                    inFlight[report.node] + report.more,
                    model.epoch(),
                    report.ended,
                    overloaded,
                    4,
                    60,
                    100 * LEASE,
                    now);
            model = model.told(4, 60, report.ended, overloaded, all);
            held[report.node] = answer.get(0);
            assertThat(answer.get(1)).isEqualTo((long) model.most());
            assertThat(answer.get(2)).isEqualTo(model.epoch());
            assertThat(held[report.node]).isLessThanOrEqualTo(inFlight[report.node] + report.more);
            long others = held[0] + held[1] + held[2] - held[report.node];
            assertThat(held[report.node])
                    .isLessThanOrEqualTo(Math.max(inFlight[report.node], (long) model.most() - others));
        }
    }

    @Example
    void thosePlacesThatADeadNodeHeldAreTheOthersWhenItsLeaseIsOver() {
        List<Object> key = List.of("sluice:{places-" + UUID.randomUUID() + "}:places");
        long now = 1_764_000_000_000L;
        assertThat(places(key, "dead", 20, 20, now)).isEqualTo(20);
        assertThat(places(key, "alive", 0, 20, now + 1)).isZero();
        assertThat(places(key, "alive", 0, 20, now + LEASE - 1)).isZero();
        assertThat(places(key, "alive", 0, 20, now + LEASE)).isEqualTo(20);
    }

    @Example
    void thoseWhoWantMoreThanThereIsGetEqualPartsAndOthersWhatTheyWant() {
        List<Object> key = List.of("sluice:{places-" + UUID.randomUUID() + "}:places");
        long now = 1_764_000_000_000L;
        List<Long> got = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            got = List.of(
                    places(key, "first", 0, 100, now),
                    places(key, "second", 0, 100, now),
                    places(key, "modest", 0, 4, now));
        }
        assertThat(got).containsExactly(8L, 8L, 4L);
    }

    @Example
    void whatIsToldOfAnEarlierEpochDoesNotCount() {
        List<Object> key = List.of("sluice:{places-" + UUID.randomUUID() + "}:places");
        for (int i = 0; i < 5; i++) {
            List<Long> answer =
                    TestRedis.run(Script.PLACES, key, "a", 10, 20, 0, 10, 10, 1, 20, LEASE, 1_764_000_000_000L);
            assertThat(answer.get(1)).isEqualTo(7);
            assertThat(answer.get(2)).isEqualTo(1);
        }
    }

    private static long places(List<Object> key, String node, int inFlight, int wanted, long now) {
        return TestRedis.run(Script.PLACES, key, node, inFlight, wanted, 0, 0, 0, 1, 20, LEASE, now)
                .get(0);
    }

    @Provide
    Arbitrary<List<Report>> reports() {
        Arbitrary<Integer> few = Arbitraries.integers().between(0, 30);
        return Combinators.combine(
                        Arbitraries.integers().between(0, 2),
                        few,
                        Arbitraries.integers().between(1, 40),
                        few,
                        few,
                        Arbitraries.integers().between(0, 300))
                .as(Report::new)
                .list()
                .ofMaxSize(40);
    }
}
