package dev.sluice.sandbox;

import org.jspecify.annotations.Nullable;

/**
 * An error as OpenAI words it: {@code {"error":{"message","type","param","code"}}}.
 *
 * @param param the field that is wrong, if it is one
 * @param code a word for programs, if there is one
 */
record ApiError(
        int status,
        String message,
        String type,
        @Nullable String param,
        @Nullable String code) {

    static ApiError invalid(String message, @Nullable String param, @Nullable String code) {
        return new ApiError(400, message, "invalid_request_error", param, code);
    }

    String body() {
        StringBuilder json = new StringBuilder(160).append("{\"error\":{\"message\":");
        JsonText.quote(json, message).append(",\"type\":");
        JsonText.quote(json, type).append(",\"param\":");
        JsonText.quote(json, param).append(",\"code\":");
        return JsonText.quote(json, code).append("}}").toString();
    }
}
