package dev.sluice.batch;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.intake.Api;
import dev.sluice.intake.InvalidMessageException;
import org.jspecify.annotations.Nullable;

/**
 * What a line says: a body to send, or the fault for which it is not sent.
 *
 * @param customId the line's own id; null if it has none, or none that could be read
 * @param api the endpoint that the body is for
 * @param body empty if there is a fault
 * @param metadata what a cookbook line wants to have echoed, null for nothing
 * @param fault why the line is not sent, null if it is
 */
record ParsedLine(
        @Nullable String customId,
        Api api,
        byte[] body,
        @Nullable JsonNode metadata,
        @Nullable InvalidMessageException fault) {

    static ParsedLine wrong(@Nullable String customId, String code, String message) {
        return new ParsedLine(customId, Api.CHAT, new byte[0], null, new InvalidMessageException(code, message));
    }
}
