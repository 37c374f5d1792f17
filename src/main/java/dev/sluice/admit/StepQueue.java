package dev.sluice.admit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sends steps in the order in which they come, one command at a time: those that come while a command is under way go
 * out together in the next, at most {@value #MOST} in one. So nobody waits for company, and the more is asked, the fewer
 * commands it takes.
 *
 * <p>Worked example: ten callers acquire at once. The first goes out alone, the nine others when its answer is there: two
 * commands. What they settle later goes with the acquires of those who come then.
 *
 * <p>A command that fails fails each of its steps once; nothing is sent twice. Thread-safe; never blocks.
 */
final class StepQueue {
    static final int MOST = 256;

    private final Function<List<Step>, CompletionStage<List<Long>>> send;
    private final Executor later;
    private final Object lock = new Object();
    private final Queue<Waiting> waiting = new ArrayDeque<>();
    private List<Waiting> underWay = List.of();
    private boolean mustGo; // something that waits
    private boolean reminded;
    private boolean closed;

    private record Waiting(Step step, CompletableFuture<Long> answer) {}

    /**
     * @param send one command; its answers in the order of the steps
     * @param later runs a task after the longest time that a step may wait for others
     */
    StepQueue(Function<List<Step>, CompletionStage<List<Long>>> send, Executor later) {
        this.send = send;
        this.later = later;
    }

    /** Sends a step at once, or with the next command if one is under way. */
    CompletionStage<Long> now(Step step) {
        return add(List.of(step), true).get(0);
    }

    /** Sends steps in this order, all in one command if they are not too many. */
    List<CompletionStage<Long>> now(List<? extends Step> steps) {
        return add(steps, true);
    }

    /** Sends a step with the next command that goes anyway, or after a while. */
    CompletionStage<Long> soon(Step step) {
        return add(List.of(step), false).get(0);
    }

    /** Sends what waits; completes, never exceptionally, when everything so far is answered or has failed. */
    CompletableFuture<Void> flush() {
        CompletableFuture<Void> all;
        List<Waiting> batch;
        synchronized (lock) {
            reminded = false;
            mustGo = !waiting.isEmpty();
            all = CompletableFuture.allOf(Stream.concat(underWay.stream(), waiting.stream())
                    .map(Waiting::answer)
                    .toArray(CompletableFuture[]::new));
            batch = next();
        }
        transmit(batch);
        return all.exceptionally(failure -> null);
    }

    /** The same, and from now on nothing waits for company. */
    CompletableFuture<Void> close() {
        synchronized (lock) {
            closed = true;
        }
        return flush();
    }

    /** Fails what was not sent yet. */
    void abandon(Throwable reason) {
        List<Waiting> abandoned;
        synchronized (lock) {
            abandoned = List.copyOf(waiting);
            waiting.clear();
            mustGo = false;
        }
        abandoned.forEach(each -> each.answer.completeExceptionally(reason));
    }

    private List<CompletionStage<Long>> add(List<? extends Step> steps, boolean urgent) {
        List<Waiting> added = steps.stream()
                .map(step -> new Waiting(step, new CompletableFuture<>()))
                .toList();
        List<Waiting> batch;
        boolean remind;
        synchronized (lock) {
            waiting.addAll(added);
            mustGo |= urgent || closed || waiting.size() >= MOST;
            remind = !mustGo && !reminded;
            reminded |= remind;
            batch = next();
        }
        transmit(batch);
        if (remind) {
            later.execute(this::flush);
        }
        return added.stream().<CompletionStage<Long>>map(Waiting::answer).toList();
    }

    /** Takes the next batch, if there is something that must go and nothing is under way. Called under the lock. */
    private List<Waiting> next() {
        if (!mustGo || !underWay.isEmpty()) {
            return List.of();
        }
        List<Waiting> batch = new ArrayList<>();
        while (batch.size() < MOST && !waiting.isEmpty()) {
            batch.add(waiting.remove());
        }
        mustGo = !waiting.isEmpty();
        underWay = batch;
        return batch;
    }

    private void transmit(List<Waiting> batch) {
        if (!batch.isEmpty()) {
            sent(batch).whenComplete((answers, failure) -> answered(batch, answers, failure));
        }
    }

    /** Whatever happens is an answer: a batch that never ended would hold up all that come after it. */
    private CompletionStage<List<Long>> sent(List<Waiting> batch) {
        try {
            return send.apply(batch.stream().map(Waiting::step).toList()).thenApply(answers -> {
                if (answers.size() != batch.size()) {
                    throw new IllegalStateException("%d answers to %d steps".formatted(answers.size(), batch.size()));
                }
                return answers;
            });
        } catch (Throwable e) { // an OutOfMemoryError too
            return CompletableFuture.failedFuture(e);
        }
    }

    /** The next command first: while Redis works on it, callers go on. */
    private void answered(List<Waiting> batch, @Nullable List<Long> answers, @Nullable Throwable failure) {
        List<Waiting> next;
        synchronized (lock) {
            underWay = List.of();
            next = next();
        }
        transmit(next);
        for (int i = 0; i < batch.size(); i++) {
            CompletableFuture<Long> answer = batch.get(i).answer;
            if (answers != null) {
                answer.complete(answers.get(i));
            } else if (failure != null) {
                answer.completeExceptionally(failure);
            }
        }
    }
}
