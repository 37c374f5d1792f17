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
     * What is known under a name.
     *
     * @param bodyHash of the request that came first
     * @param answer null while it is worked on, else not empty
     */
    record Known(String bodyHash, @Nullable String answer) {}

    /** Claims a name; empty if it is now the caller's, else what is known under it. */
    CompletionStage<Optional<Known>> claim(String name, String bodyHash);

    /** The holder of a name works on. */
    void renew(String name, String bodyHash);

    /** Keeps the answer under a name. */
    CompletionStage<Void> keep(String name, Known done);

    /** Gives a name back. */
    CompletionStage<Void> release(String name);

    /** Removes what was kept for long enough, if nothing else does. */
    default void expire() throws IOException {}
}
