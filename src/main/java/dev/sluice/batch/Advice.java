package dev.sluice.batch;

import dev.sluice.intake.Diagnosis;
import java.util.Map;

/** What to do about errors, by their code: what {@link Diagnosis} says, unless it is another thing with lines. */
final class Advice {
    private static final String MEND = "mend these lines; they were not sent";

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
            Map.entry(
                    "batch_expired", "send them again, in a batch with a longer completion window; they were not sent"),
            Map.entry("model_not_allowed", "name a model that the key may ask, or allow this one in rest.api-keys"),
            Map.entry("model_not_found", "name another model with --model, then send them again"));

    private Advice() {}

    static String of(String code) {
        return BY_CODE.getOrDefault(code, Diagnosis.of(code, 0).nextStep());
    }
}
