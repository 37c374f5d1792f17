package dev.sluice.batch;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** How far a batch is, as a small JSON file that is replaced as a whole every second; read by {@link BatchStatus}. */
final class StatusFile {
    static final String SUFFIX = ".status.json";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final BatchRunner.Job job;
    private final Clock clock;
    private final Instant begun;

    StatusFile(Path file, BatchRunner.Job job, Clock clock) {
        this.file = file;
        this.job = job;
        this.clock = clock;
        this.begun = now(clock);
    }

    void write(RunningBatch.Result now) throws IOException {
        ObjectNode json = JSON.createObjectNode()
                .put("name", job.name())
                .put("status", now.state().word())
                .put("input", job.files().input().toString())
                .put("output", job.files().output().toString())
                .put("errors", job.files().errors().toString());
        Counts counts = now.counts();
        json.put("done", counts.done()).put("failed", counts.failed());
        if (counts.total() < 0) {
            json.putNull("total");
        } else {
            json.put("total", counts.total());
        }
        json.put("tokens", now.used().tokens())
                .put("cost", now.used().money())
                .put("begun_at", begun.toString())
                .put("updated_at", now(clock).toString());
        if (now.problem() != null) {
            json.put("problem", now.problem());
        }
        WholeFile.replace(file, JSON.writeValueAsBytes(json));
    }

    private static Instant now(Clock clock) {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
