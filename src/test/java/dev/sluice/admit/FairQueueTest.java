package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.admit.FairQueue.Place;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class FairQueueTest {
    private static final String A = "a";
    private static final String B = "b";

    /** @param cost 0: one is taken instead, if somebody waits; negative: the oldest gives up */
    record Move(String tenant, int priority, int cost) {}

    private record Call(String tenant, int priority, long cost, int number) {}

    @Property
    void everybodyIsServedOnceInTheOrderOfItsOwnKind(@ForAll("moves") List<Move> moves) {
        FairQueue<Call> queue = new FairQueue<>(tenant -> tenant.equals(A) ? 3 : 1);
        Deque<Place<Call>> places = new ArrayDeque<>();
        Map<Place<Call>, Call> calls = new IdentityHashMap<>();
        Set<Call> waiting = new HashSet<>();
        Map<String, Integer> lastOfItsKind = new HashMap<>();
        for (Move move : moves) {
            if (move.cost > 0) {
                Call call = new Call(move.tenant, move.priority, move.cost, calls.size());
                Place<Call> place = queue.add(move.tenant, move.priority, move.cost, call);
                places.add(place);
                calls.put(place, call);
                waiting.add(call);
            } else if (move.cost < 0 && !places.isEmpty()) {
                Place<Call> place = places.remove();
                assertThat(queue.remove(place)).isEqualTo(waiting.remove(calls.get(place)));
            } else if (!queue.isEmpty()) {
                served(queue.take(), waiting, lastOfItsKind);
            }
            assertThat(queue.size()).isEqualTo(waiting.size());
        }
        while (!queue.isEmpty()) {
            served(queue.take(), waiting, lastOfItsKind);
        }
        assertThat(waiting).isEmpty();
    }

    private static void served(Call call, Set<Call> waiting, Map<String, Integer> lastOfItsKind) {
        assertThat(waiting.remove(call)).isTrue();
        Integer before = lastOfItsKind.put(call.tenant + call.priority, call.number);
        assertThat(before == null || before < call.number).isTrue();
    }

    @Property(tries = 200)
    void tenantsWhoAlwaysWaitGetTheirWeightsWhateverTheirCallsCost(
            @ForAll @DoubleRange(min = 0.1, max = 20) double weight,
            @ForAll @IntRange(min = 1, max = 1000) int costOfA,
            @ForAll @IntRange(min = 1, max = 1000) int costOfB) {
        FairQueue<Call> queue = new FairQueue<>(tenant -> tenant.equals(A) ? weight : 1);
        fill(queue, A, 4, costOfA, 4_000);
        fill(queue, B, 4, costOfB, 4_000);
        Map<String, Double> got = new HashMap<>();
        for (Call call; (call = waitsOn(queue)) != null; ) {
            got.merge(call.tenant, (double) call.cost, Double::sum);
        }
        double ofA = got.getOrDefault(A, 0.0) / weight;
        double ofB = got.getOrDefault(B, 0.0);
        assertThat(ofA).isCloseTo(ofB, within(costOfA / weight + costOfB + 1));
    }

    /** Takes the next as long as both wait. */
    private static @org.jspecify.annotations.Nullable Call waitsOn(FairQueue<Call> queue) {
        return queue.size() > 4_000 ? queue.take() : null;
    }

    @Property(tries = 200)
    void eachPriorityHasTwiceTheShareOfTheOneBelow(
            @ForAll @IntRange(min = 0, max = 5) int low, @ForAll @IntRange(min = 0, max = 4) int above) {
        FairQueue<Call> queue = new FairQueue<>(tenant -> 1);
        fill(queue, A, low, 10, 2_000);
        fill(queue, A, low + above, 10, 2_000 * (1 << above));
        int lows = 0;
        int all = 1_000 * ((1 << above) + 1);
        for (int i = 0; i < all; i++) {
            lows += queue.take().priority == low ? 1 : 0;
        }
        assertThat((double) lows).isCloseTo(above == 0 ? all : 1_000, within(above == 0 ? 0.0 : 2.0));
    }

    @Property(tries = 200)
    void nobodyStarves(@ForAll @IntRange(min = 0, max = 9) int low, @ForAll @IntRange(min = 0, max = 9) int others) {
        FairQueue<Call> queue = new FairQueue<>(tenant -> 1);
        fill(queue, B, others, 10, 10);
        queue.add(A, others, 10, new Call(A, others, 10, 0));
        queue.add(B, low, 10, new Call(B, low, 10, -1));
        int waited = 0;
        for (int i = 0; queue.take().number != -1; i++) {
            waited = i;
            queue.add(A, others, 10, new Call(A, others, 10, 1));
            queue.add(B, others, 10, new Call(B, others, 10, 1));
        }
        assertThat(waited).isLessThanOrEqualTo(2 * (12 + (1 << Math.max(0, others - low))));
    }

    @Property(tries = 200)
    void anUrgentMessageWaitsForAboutOneOfTheOthersHoweverManyTheyAre(
            @ForAll @IntRange(min = 1, max = 5_000) int lines, @ForAll @IntRange(min = 0, max = 400) int served) {
        FairQueue<Call> queue = new FairQueue<>(tenant -> 1);
        fill(queue, A, 1, 10, lines);
        IntStream.range(0, Math.min(lines - 1, served)).forEach(i -> queue.take());
        queue.add(A, 6, 10, new Call(A, 6, 10, -1));
        queue.add(B, 1, 10, new Call(B, 1, 10, -2));

        List<Integer> next = new ArrayList<>();
        for (int left = Math.min(4, queue.size()); left > 0; left--) {
            next.add(queue.take().number);
        }
        assertThat(next).contains(-1, -2);
    }

    @Example
    void whatOneTenantDoesNotAskForIsTheOthers() {
        FairQueue<Call> queue = new FairQueue<>(tenant -> tenant.equals(A) ? 1000 : 0.001);
        fill(queue, B, 0, 10, 100);
        IntStream.range(0, 100).forEach(i -> assertThat(queue.take().tenant).isEqualTo(B));
        assertThat(queue.isEmpty()).isTrue();
    }

    @Example
    void nobodySavesUpTurnsWhileWantingNothing() {
        FairQueue<Call> queue = new FairQueue<>(tenant -> 1);
        fill(queue, A, 4, 10, 1_100);
        IntStream.range(0, 1_000).forEach(i -> queue.take());
        fill(queue, B, 4, 10, 100);

        List<String> next =
                IntStream.range(0, 20).mapToObj(i -> queue.take().tenant).toList();
        assertThat(Collections.frequency(next, A)).isBetween(9, 11);
    }

    @Example
    void whoComesAgainAndAgainGetsNoMoreThanWhoStays() {
        FairQueue<Call> queue = new FairQueue<>(tenant -> 1);
        fill(queue, A, 4, 10, 1_000);
        int ofB = 0;
        for (int i = 0; i < 200; i++) {
            queue.add(B, 4, 10, new Call(B, 4, 10, i));
            ofB += queue.take().tenant.equals(B) ? 1 : 0;
        }
        assertThat(ofB).isBetween(99, 101);
    }

    @Example
    void aQueueThatIsEmptyKnowsNobody() {
        Turns<String> turns = new Turns<>();
        for (int i = 0; i < 1_000; i++) {
            turns.wants("tenant " + i);
            turns.served(1, false);
        }
        turns.wants(A);
        turns.leaves(A);
        assertThat(turns.isEmpty()).isTrue();
        assertThat(turns.known()).isZero();
    }

    @Example
    void thereIsNobodyToTakeFromAnEmptyQueue() {
        FairQueue<Call> queue = new FairQueue<>(tenant -> 1);
        assertThatThrownBy(queue::take).isInstanceOf(NoSuchElementException.class);
    }

    @Provide
    Arbitrary<List<Move>> moves() {
        return Combinators.combine(
                        Arbitraries.of(A, B, "c"),
                        Arbitraries.integers().between(0, 9),
                        Arbitraries.integers().between(-2, 5))
                .as(Move::new)
                .list()
                .ofMaxSize(200);
    }

    private static void fill(FairQueue<Call> queue, String tenant, int priority, long cost, int count) {
        for (int i = 0; i < count; i++) {
            queue.add(tenant, priority, cost, new Call(tenant, priority, cost, i + 1));
        }
    }
}
