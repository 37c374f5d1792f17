package dev.sluice.split;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What the chunks of a streamed answer come to, put together. Not thread-safe. */
interface StreamedAnswer {

    /** Adds a chunk. */
    void add(JsonNode chunk);

    /** Whether there is an answer at all. */
    boolean begun();

    /** Whether every part of it that was begun has said why it ended. */
    boolean finished();

    /** Whether nothing more comes, without a {@code [DONE]}. */
    boolean saidItsLast();

    /** Whether it ended in an error of the provider behind a gateway. */
    boolean endedInError();

    /** The last usage that was sent; missing if none was. */
    JsonNode usage();

    /** The answer so far, as it would have come without streaming. */
    ObjectNode whole();
}
