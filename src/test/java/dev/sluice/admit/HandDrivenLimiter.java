package dev.sluice.admit;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A limiter that gives what the test says, when it says so, and remembers what became of it. */
public final class HandDrivenLimiter implements Limiter {
    private final Deque<CompletableFuture<Permit>> asked = new ArrayDeque<>();
    private final List<Reservation> reservations = new ArrayList<>();
    private final List<Settled> settled = new ArrayList<>();
    private boolean atOnce;
    private Duration moved = Duration.ZERO;
    private Duration expected = Duration.ZERO;

    /** One call of {@link #settle}. */
    public record Settled(String permit, Settlement.Outcome outcome) {}

    /** Gives every permit at once, due at once. */
    public static HandDrivenLimiter generous() {
        HandDrivenLimiter limiter = new HandDrivenLimiter();
        limiter.atOnce = true;
        return limiter;
    }

    @Override
    public synchronized CompletionStage<Permit> acquire(Reservation reservation) {
        reservations.add(reservation);
        String id = "p" + reservations.size();
        if (atOnce) {
            return CompletableFuture.completedFuture(permit(id, Duration.ZERO));
        }
        CompletableFuture<Permit> answer = new CompletableFuture<>();
        asked.add(answer);
        return answer;
    }

    /** Answers who asked first. */
    void gives(String id, Duration delay) {
        asked.remove().complete(permit(id, delay));
    }

    /** Answers who asked first. */
    void fails(Exception failure) {
        asked.remove().completeExceptionally(failure);
    }

    /** How many do not want to wait any longer. */
    long withdrawn() {
        return asked.stream().filter(CompletableFuture::isCancelled).count();
    }

    /** From now on, who looks learns that its slot has moved by so much. */
    void moves(Duration by) {
        moved = by;
    }

    /** From now on, whoever comes would have to wait so long. */
    void expects(Duration wait) {
        expected = wait;
    }

    @Override
    public Duration expectedWait(Reservation reservation) {
        return expected;
    }

    @Override
    public CompletionStage<Permit> renew(Permit permit, Duration left) {
        return CompletableFuture.completedFuture(permit.with(left.plus(moved), permit.epoch()));
    }

    @Override
    public synchronized CompletionStage<Void> settle(Permit permit, Settlement settlement) {
        settled.add(new Settled(permit.id(), settlement.outcome()));
        return CompletableFuture.completedFuture(null);
    }

    public synchronized List<Settled> settled() {
        return List.copyOf(settled);
    }

    public synchronized List<Settlement.Outcome> outcomes() {
        return settled.stream().map(Settled::outcome).toList();
    }

    synchronized List<Reservation> reservations() {
        return List.copyOf(reservations);
    }

    @Override
    public void close() {}

    private static Permit permit(String id, Duration delay) {
        return new Permit(id, "default", 1, delay);
    }
}
