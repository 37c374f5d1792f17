package dev.sluice.split;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.call.UpstreamException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What an answer comes in. Not thread-safe. */
interface Chunks {

    /**
     * A part of an answer.
     *
     * @param text as it came
     * @param json the same, parsed; read only
     */
    record Chunk(String text, JsonNode json) {}

    /**
     * The next one, as soon as it is there; null when the answer is complete.
     *
     * @throws UpstreamException if the upstream refuses, or what it sent ends before it is complete
     */
    @Nullable
    Chunk next() throws IOException, UpstreamException;

    /** The answer is complete: the connection may serve again. */
    default void finish() {}

    /** Nobody reads on: closes the connection, without reading what is left. */
    default void abort() {}
}
