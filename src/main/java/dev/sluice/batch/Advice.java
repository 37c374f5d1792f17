package dev.sluice.batch;

import java.util.Map;

/** What to do about errors, by their code. */
final class Advice {
    private static final String MEND = "mend these lines; they were not sent";
    private static final String AGAIN = "may succeed later: send them again";

    private static final Map<String, String> BY_CODE = Map.ofEntries(
            Map.entry("invalid_json_line", MEND),
            Map.entry("missing_required_parameter", MEND),
            Map.entry("invalid_method", MEND),
            Map.entry("invalid_url", MEND),
            Map.entry("invalid_custom_id", MEND),
            Map.entry("invalid_json", MEND),
            Map.entry("binary_message", MEND),
            Map.entry("invalid_request_error", "mend these lines; the message of each says what is wrong"),
            Map.entry("duplicate_custom_id", "give each line a custom_id of its own; they were not sent"),
            Map.entry("line_too_long", "shorten these lines, or raise batch.max-line-bytes; they were not sent"),
            Map.entry("message_too_large", "shorten these lines, or raise folder.max-bytes; they were not sent"),
            Map.entry("invalid_api_key", "check upstream.api-key (OPENAI_API_KEY), then send them again"),
            Map.entry("insufficient_quota", "add credit or raise the account's limit, then send them again"),
            Map.entry("rate_limit_exceeded", "lower limit.* to what the API allows, then send them again"),
            Map.entry("request_larger_than_limit", "raise limit.tokens-per-minute, or shorten these lines"),
            Map.entry("answer_too_large", "raise upstream.max-answer-bytes, or ask for less"),
            Map.entry("model_not_found", "name another model with --model, then send them again"),
            Map.entry("truncated", AGAIN),
            Map.entry("first_byte_timeout", AGAIN + ", or raise upstream.first-byte-timeout-ms"),
            Map.entry("idle_timeout", AGAIN + ", or raise upstream.idle-timeout-ms"),
            Map.entry("connect_refused", "check upstream.url; " + AGAIN),
            Map.entry("dns_failure", "check upstream.url; " + AGAIN),
            Map.entry("connection_lost", AGAIN),
            Map.entry("server_error", AGAIN));

    private Advice() {}

    static String of(String code) {
        return BY_CODE.getOrDefault(code, "the message of each line says what to do");
    }
}
