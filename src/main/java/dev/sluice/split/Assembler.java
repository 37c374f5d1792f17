package dev.sluice.split;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.intake.Api;

/** Puts the chunks of a streamed answer together into the answer that the upstream would have sent without streaming. */
interface Assembler {

    /** Of the answers of an endpoint. */
    static Assembler of(Api api) {
        return api == Api.RESPONSES ? new ResponseAssembler() : new CompletionAssembler(api == Api.COMPLETIONS);
    }

    /** Adds a chunk. */
    void add(JsonNode chunk);

    /** Whether the answer has begun. */
    boolean anyChoice();

    /** Whether the answer is whole, if the stream ends cleanly here. */
    boolean allFinished();

    /** Whether nothing can follow, however the stream goes on. */
    boolean isOver();

    /** Whether it ended in an error of the provider behind a gateway. */
    boolean endedInError();

    /** The last usage that was sent; missing if none was. */
    JsonNode usage();

    /** The answer so far. */
    ObjectNode completion();
}
