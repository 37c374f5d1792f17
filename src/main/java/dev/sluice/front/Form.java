package dev.sluice.front;

import dev.sluice.intake.Api;
import dev.sluice.intake.Request;

/**
 * In which form a client wants its answer.
 *
 * @param stream as server-sent events
 * @param usage whether a stream ends with what was used
 */
record Form(Api api, boolean stream, boolean usage) {

    static Form of(Request request) {
        return new Form(
                request.api(),
                request.stream(),
                request.json().path("stream_options").path("include_usage").asBoolean());
    }
}
