package dev.sluice.split;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a text that comes bit by bit is cut into pieces. Nothing is lost or added: the pieces, joined, are the text. Where
 * it is cut does not depend on the bits in which it comes. Not thread-safe.
 */
interface Cutter {

    /**
     * A piece of a text.
     *
     * @param at of a JSON value, where it is in the answer (a JSON pointer, RFC 6901); null of any other text
     * @param value the value; null of any other text
     */
    record Cut(String text, @Nullable String at, @Nullable JsonNode value) {
        Cut(String text) {
            this(text, null, null);
        }
    }

    /**
     * Adds to the text.
     *
     * @param cuts is told every piece that is whole by now
     */
    void add(String text, Consumer<Cut> cuts);

    /** The text is at its end: what is left is a piece. */
    void end(Consumer<Cut> cuts);
}
