package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** A step is known by its tokens, and answered by as many µs. Commands end when the test says so. */
class StepQueueTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    private final List<List<Long>> commands = new ArrayList<>();
    private final List<CompletableFuture<List<Long>>> underWay = new ArrayList<>();
    private final List<Runnable> later = new ArrayList<>();
    private final StepQueue queue = new StepQueue(this::send, later::add);

    @Test
    void sendsTheFirstAtOnce() {
        queue.now(step(1));

        assertThat(commands).containsExactly(List.of(1L));
    }

    @Test
    void thoseWhoComeWhileACommandIsUnderWayGoTogetherInTheOrderTheyCame() {
        List<CompletableFuture<Long>> callers = now(1, 10);
        assertThat(commands).hasSize(1);
        answerAll();

        assertThat(commands).containsExactly(List.of(1L), numbers(2, 10));
        assertThat(callers).extracting(CompletableFuture::join).isEqualTo(numbers(1, 10));
    }

    @Test
    void goesOnAfterACommandThatCouldNotEvenBeSent() {
        List<List<Step>> sent = new ArrayList<>();
        StepQueue broken = new StepQueue(
                steps -> {
                    sent.add(steps);
                    throw new OutOfMemoryError("for this test");
                },
                later::add);
        CompletionStage<Long> first = broken.now(step(1));
        CompletionStage<Long> second = broken.now(step(2));

        assertThat(sent).hasSize(2);
        assertThat(first).isCompletedExceptionally();
        assertThat(second).isCompletedExceptionally();
    }

    @Test
    void failsABatchThatWasAnsweredInPart() {
        StepQueue queue = new StepQueue(steps -> CompletableFuture.completedFuture(List.of()), later::add);

        assertThat(queue.now(step(1))).isCompletedExceptionally();
    }

    @Test
    void sendsNoMoreThanABatchAtATime() {
        now(1, 600);
        answerAll();

        assertThat(commands).containsExactly(List.of(1L), numbers(2, 257), numbers(258, 513), numbers(514, 600));
    }

    @Test
    void whatMayWaitGoesWithWhatMayNot() {
        queue.soon(step(1));
        queue.soon(step(2));
        assertThat(commands).isEmpty();
        queue.now(step(3));

        assertThat(commands).containsExactly(numbers(1, 3));
    }

    @Test
    void whatMayWaitStillWaitsWhenTheCommandUnderWayEnds() {
        queue.now(step(1));
        queue.soon(step(2));
        answerAll();
        assertThat(commands).containsExactly(List.of(1L));
        queue.now(step(3));

        assertThat(commands).containsExactly(List.of(1L), numbers(2, 3));
    }

    @Test
    void remindsItselfOnceHoweverManyCommandsGoMeanwhile() {
        for (int i = 0; i < 5; i++) {
            queue.soon(step(1));
            queue.now(step(2));
            answerAll();
        }
        assertThat(later).hasSize(1);
        later.remove(0).run();
        queue.soon(step(3));

        assertThat(later).hasSize(1);
    }

    @Test
    void whatMustGoBehindAFullBatchGoesRightAfterIt() {
        queue.now(step(1));
        numbers(2, 300).forEach(number -> queue.soon(step(number)));
        answerAll();

        assertThat(commands).containsExactly(List.of(1L), numbers(2, 257), numbers(258, 300));
    }

    @Test
    void whatMayWaitGoesByItselfAfterAWhile() {
        queue.soon(step(1));
        queue.soon(step(2));
        assertThat(later).hasSize(1);
        later.get(0).run();

        assertThat(commands).containsExactly(numbers(1, 2));
    }

    @Test
    void aFullBatchDoesNotWait() {
        numbers(1, 256).forEach(number -> queue.soon(step(number)));

        assertThat(commands).containsExactly(numbers(1, 256));
    }

    @Test
    void aFailedCommandFailsEachOfItsCallersOnceAndIsNotSentAgain() {
        CompletableFuture<Long> first = now(1, 1).get(0);
        List<CompletableFuture<Long>> batch = now(2, 5);
        AtomicInteger failures = new AtomicInteger();
        batch.forEach(caller -> caller.whenComplete((answer, failure) -> failures.addAndGet(failure == null ? 0 : 1)));
        underWay.get(0).complete(numbers(1, 1));
        CompletableFuture<Long> after = now(6, 6).get(0);
        underWay.get(1).completeExceptionally(new RedisAwayException("gone"));
        answerAll();

        assertThat(first).isCompletedWithValue(1L);
        assertThat(batch).allSatisfy(caller -> assertThat(caller)
                .failsWithin(SOON)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(RedisAwayException.class));
        assertThat(failures).hasValue(4);
        assertThat(after).isCompletedWithValue(6L);
        assertThat(commands).containsExactly(List.of(1L), numbers(2, 5), List.of(6L));
    }

    @Test
    void abandonsOnlyWhatWasNotSent() {
        List<CompletableFuture<Long>> callers = now(1, 3);
        queue.abandon(new RedisAwayException("gone"));
        answerAll();

        assertThat(callers.get(0)).isCompletedWithValue(1L);
        assertThat(callers.get(1)).isCompletedExceptionally();
        assertThat(callers.get(2)).isCompletedExceptionally();
        assertThat(commands).hasSize(1);
    }

    @Test
    void closingSendsWhatWaitsAndTellsWhenItIsAnswered() {
        queue.now(step(1));
        queue.soon(step(2));
        CompletableFuture<Void> closed = queue.close();
        assertThat(closed).isNotDone();
        answerAll();

        assertThat(closed).isCompleted();
        assertThat(commands).containsExactly(List.of(1L), List.of(2L));
    }

    @Test
    void nothingWaitsAfterClosing() {
        queue.close();
        queue.soon(step(1));

        assertThat(commands).hasSize(1);
    }

    private List<CompletableFuture<Long>> now(long first, long last) {
        return numbers(first, last).stream()
                .map(number -> queue.now(step(number)).toCompletableFuture())
                .toList();
    }

    /** Ends each command in turn, those too that go out meanwhile. */
    private void answerAll() {
        for (int i = 0; i < underWay.size(); i++) {
            underWay.get(i).complete(commands.get(i));
        }
    }

    private CompletionStage<List<Long>> send(List<Step> steps) {
        commands.add(steps.stream().map(step -> ((Step.Acquire) step).tokens()).toList());
        underWay.add(new CompletableFuture<>());
        return underWay.get(underWay.size() - 1);
    }

    private static Step step(long number) {
        return new Step.Acquire(number);
    }

    private static List<Long> numbers(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }
}
