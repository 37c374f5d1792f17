package dev.sluice.sandbox;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a call comes to: an answer, an error, or something that no client wishes for.
 *
 * <p>The failing ones have one table of names, used twice: a fault {@code X} does what the model {@code sandbox-X} does.
 */
sealed interface Behaviour {

    /** A good answer. */
    enum Answer implements Behaviour {
        /** Short, and shows what the prompt was. */
        PLAIN,
        /** The last user message, exactly. */
        ECHO,
        /** Several paragraphs. */
        LONG
    }

    /**
     * A clean HTTP error with OpenAI's body.
     *
     * @param headers when to try again, if the server says so
     */
    record Failure(ApiError error, Map<String, String> headers) implements Behaviour {

        static Failure of(int status, String type, @Nullable String code, String message) {
            return new Failure(new ApiError(status, message, type, null, code), Map.of());
        }

        /** The same with {@code Retry-After} in whole seconds, rounded up, and {@code retry-after-ms}. */
        Failure after(Duration delay) {
            long millis = GoDuration.ceilMillis(delay);
            return new Failure(
                    error,
                    Map.of(
                            "Retry-After",
                            Long.toString((millis + 999) / 1000),
                            "retry-after-ms",
                            Long.toString(millis)));
        }
    }

    /** An answer that is broken off or makes no sense. */
    enum Broken implements Behaviour {
        /** The connection is reset (TCP RST) before the response. */
        RESET,
        /** A stream stays silent after its first chunk, a JSON answer from the beginning; the connection stays open. */
        STALL,
        /** The connection is closed in the middle of the stream or of the body, before the promised end. */
        CUT,
        /** One chunk, or the body, is half a JSON object; the response ends properly. */
        MALFORMED,
        /** An error object with status 200; in a stream, an error event after the first words, and no {@code [DONE]}. */
        ERROR_IN_200,
        /** Status 200 without a body. */
        EMPTY,
        /** Status 502 with the HTML page of some proxy. */
        HTML
    }

    /** Too busy just now. */
    Failure OVERLOADED =
            Failure.of(503, "server_error", null, "The engine is currently overloaded, please try again later.");

    /** Too many calls, of whatever. */
    Failure RATE_LIMITED = Failure.of(429, "requests", "rate_limit_exceeded", "Rate limit reached for requests.");

    Pattern STATUS = Pattern.compile("[2-5][0-9]{2}");

    /** The failing behaviours by name; {@link #failing} knows {@code status-NNN} besides. */
    Map<String, Behaviour> FAILING = failing();

    private static Map<String, Behaviour> failing() {
        Map<String, Behaviour> table = new LinkedHashMap<>();
        table.put(
                "400",
                new Failure(
                        ApiError.invalid(
                                "This model's maximum context length is 8192 tokens. Please reduce the length of the"
                                        + " messages.",
                                "messages",
                                "context_length_exceeded"),
                        Map.of()));
        table.put("401", Failure.of(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."));
        table.put("429", RATE_LIMITED.after(Duration.ofSeconds(1)));
        table.put(
                "quota",
                Failure.of(
                        429,
                        "insufficient_quota",
                        "insufficient_quota",
                        "You exceeded your current quota, please check your plan and billing details."));
        table.put(
                "500",
                Failure.of(
                        500,
                        "server_error",
                        null,
                        "The server had an error while processing your request. Sorry about that!"));
        table.put("503", OVERLOADED.after(Duration.ofSeconds(1)));
        for (Broken broken : Broken.values()) {
            table.put(broken.name().toLowerCase(Locale.ROOT).replace('_', '-'), broken);
        }
        return table;
    }

    /** The failing behaviour of this name, {@code status-200} to {@code status-599} among them; null if there is none. */
    static @Nullable Behaviour failing(String name) {
        Behaviour known = FAILING.get(name);
        if (known != null || !name.startsWith("status-")) {
            return known;
        }
        String digits = name.substring("status-".length());
        if (!STATUS.matcher(digits).matches()) {
            return null;
        }
        int status = Integer.parseInt(digits);
        return Failure.of(
                status,
                status >= 500 ? "server_error" : "invalid_request_error",
                null,
                "Status " + status + ", as the name of the model asks.");
    }

    /** For messages to people. */
    static String failingNames() {
        return String.join(", ", FAILING.keySet()) + ", status-200 to status-599";
    }
}
