package dev.sluice;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.batch.DryRun;
import java.io.PrintWriter;
import java.time.Duration;

/** What {@code sluice batch --dry-run} prints. */
final class DryRunReport {

    private DryRunReport() {}

    static void print(DryRun result, long requestsPerMinute, long tokensPerMinute, boolean json, PrintWriter out) {
        Duration time = result.atLeast(requestsPerMinute, tokensPerMinute);
        if (json) {
            ObjectNode event = new ObjectMapper()
                    .createObjectNode()
                    .put("event", "dry-run")
                    .put("total", result.lines())
                    .put("valid", result.valid())
                    .put("tokens", result.use().tokens())
                    .put("prompt_tokens", result.use().prompt())
                    .put("completion_tokens", result.use().completion())
                    .put("cost", result.use().money())
                    .put("seconds_at_least", time.toSeconds());
            ObjectNode faults = event.putObject("faults");
            result.faults().forEach(faults::put);
            result.unpriced().forEach(event.putArray("unpriced")::add);
            out.println(event);
        } else {
            out.println("dry run: %d lines, %d can be sent, about %s; at %d requests and %d tokens a minute at least %s"
                    .formatted(
                            result.lines(),
                            result.valid(),
                            result.use().shown(),
                            requestsPerMinute,
                            tokensPerMinute,
                            shown(time)));
            result.faults().forEach((code, count) -> out.println("  %d × %s".formatted(count, code)));
            result.unpriced().forEach(model -> out.println("  no price for " + model));
        }
        out.flush();
    }

    private static String shown(Duration time) {
        return "%d:%02d:%02d h".formatted(time.toHours(), time.toMinutesPart(), time.toSecondsPart());
    }
}
