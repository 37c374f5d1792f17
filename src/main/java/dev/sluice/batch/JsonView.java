package dev.sluice.batch;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;

/** Events for programs: a JSON object each line. */
final class JsonView implements ProgressView {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final PrintWriter out;

    JsonView(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void show(Counts counts, Pace.Speed speed) {
        ObjectNode event = event("progress", counts);
        event.put("lines_per_second", rounded(speed.linesPerSecond()))
                .put("tokens_per_second", rounded(speed.tokensPerSecond()))
                .put("limit_used", rounded(speed.limitUsed()))
                .put("tokens", speed.tokens())
                .put("retries", speed.retries());
        speed.left().ifPresent(left -> event.put("seconds_left", left.toSeconds()));
        print(event);
    }

    @Override
    public void close() {
        // nothing to close
    }

    void print(ObjectNode event) {
        out.println(event);
        out.flush();
    }

    static ObjectNode event(String name) {
        return JSON.createObjectNode().put("event", name);
    }

    static ObjectNode event(String name, Counts counts) {
        ObjectNode event = event(name).put("done", counts.done()).put("failed", counts.failed());
        return counts.total() < 0 ? event.putNull("total") : event.put("total", counts.total());
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
