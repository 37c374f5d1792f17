package dev.sluice.admit;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A limiter of one limit that can say how fast it goes. Who acquires and then cancels may lose a slot. */
interface PacedLimiter extends Limiter {

    /** How the clock of the limit runs, as far as is known here. */
    Pace pace();

    /** Reserves slots for several, in this order, if possible together. */
    default List<CompletionStage<Permit>> acquireAll(List<Reservation> reservations) {
        return reservations.stream().map(this::acquire).toList();
    }

    /** Sends what is to be settled; completes, never exceptionally, when that is done, within two commands to Redis. */
    default CompletableFuture<Void> finish() {
        return CompletableFuture.completedFuture(null);
    }
}
