package dev.sluice.sandbox;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The two bodies that are no chat answers. */
final class Json {
    private Json() {}

    static String models() {
        StringBuilder json = new StringBuilder("{\"object\":\"list\",\"data\":[");
        String separator = "";
        for (String model : Behaviours.models()) {
            json.append(separator).append("{\"id\":");
            JsonText.quote(json, model).append(",\"object\":\"model\",\"created\":0,\"owned_by\":\"sandbox\"}");
            separator = ",";
        }
        return json.append("]}").toString();
    }

    static String stats(Stats stats, boolean record) {
        String json = ("{\"accepted\":%d,\"refused\":%d,\"failed\":%d,\"rejected\":%d,\"aborted\":%d,\"in_flight\":%d,"
                        + "\"max_in_flight\":%d,\"tokens\":%d,\"first_accept_ms\":%s,\"last_accept_ms\":%s")
                .formatted(
                        stats.accepted(),
                        stats.refused(),
                        stats.failed(),
                        stats.rejected(),
                        stats.aborted(),
                        stats.inFlight(),
                        stats.maxInFlight(),
                        stats.tokens(),
                        millis(stats.firstAccept()),
                        millis(stats.lastAccept()));
        String prompts = ",\"distinct_prompts\":%d,\"repeated_prompts\":%d"
                .formatted(stats.distinctPrompts(), stats.repeatedPrompts());
        return json + (record ? prompts : "") + "}";
    }

    private static String millis(@Nullable Instant instant) {
        return instant == null ? "null" : Long.toString(instant.toEpochMilli());
    }
}
