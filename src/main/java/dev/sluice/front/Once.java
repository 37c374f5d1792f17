package dev.sluice.front;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What is done once, whoever asks for it again: answers by the name that their client gave them ({@code Idempotency-Key}).
 *
 * <p>A name is claimed for a while, and for longer as long as its holder works; then it holds the answer for
 * {@code rest.idempotency-retention}, or is given back. Thread-safe.
 */
interface Once {
    /** How long a claim holds by itself: so long a name stays taken when the node that works on it dies. */
    Duration LEASE = Duration.ofSeconds(60);

    /**
     * Who asks for a name.
     *
     * @param bodyHash of its request
     * @param holder its request; no other has this id
     */
    record Claim(String name, String bodyHash, String holder) {}

    /**
     * What is known under a name.
     *
     * @param bodyHash of the request that came first
     * @param answer null while it is worked on, else not empty
     */
    record Known(String bodyHash, @Nullable String answer) {}

    /** Claims a name; empty if it is now the caller's, else what is known under it. */
    CompletionStage<Optional<Known>> claim(Claim claim);

    /** The holder of a name works on. Has no effect if the name is not its own any more. */
    CompletionStage<Void> renew(Claim claim);

    /** Keeps the answer under a name. */
    CompletionStage<Void> keep(Claim claim, String answer);

    /** Gives a name back. Has no effect if the name is not the holder's any more. */
    CompletionStage<Void> release(Claim claim);

    /** Removes what was kept for long enough, if nothing else does. */
    default void expire() throws IOException {}
}
