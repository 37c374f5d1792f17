package dev.sluice.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the servers of a folder say of their batches. */
public final class BatchStatus {
    private static final Logger LOG = LoggerFactory.getLogger(BatchStatus.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration STALE = Duration.ofSeconds(15);

    private BatchStatus() {}

    /**
     * The status of every batch that has run, in the order in which they began. One that says it is in progress, but has not
     * said so for {@code 15 s}, is {@code interrupted}: its process has died, and the next one resumes it.
     */
    public static List<ObjectNode> in(Path state, Clock clock) throws IOException {
        List<ObjectNode> all = new ArrayList<>();
        try (Stream<Path> files = Files.isDirectory(state) ? Files.list(state) : Stream.empty()) {
            for (Path file : files.filter(file -> file.toString().endsWith(StatusFile.SUFFIX))
                    .toList()) {
                read(file, clock, all);
            }
        }
        all.sort(Comparator.comparing(status -> status.path("begun_at").asText()));
        return all;
    }

    /**
     * Removes what is said of batches that have ended: of those that ended longer ago than {@code keep}, and of those whose
     * outputs somebody has removed. Never fails: it is tried again later.
     */
    static void forget(Path state, Duration keep, Clock clock) {
        try {
            for (ObjectNode status : in(state, clock)) {
                boolean old = Instant.parse(status.path("updated_at").asText())
                        .isBefore(clock.instant().minus(keep));
                if (old || isRemoved(status)) {
                    Files.deleteIfExists(state.resolve(status.path("name").asText() + StatusFile.SUFFIX));
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("status files are not tidied up: {}", e.toString());
        }
    }

    private static boolean isRemoved(ObjectNode status) {
        return status.path("status").asText().equals(RunningBatch.State.COMPLETED.word())
                && status.path("done").asLong() > 0
                && Files.notExists(Path.of(status.path("output").asText()))
                && Files.notExists(Path.of(status.path("errors").asText()));
    }

    /** What is no status, since a power cut came between, say, is passed over. */
    private static void read(Path file, Clock clock, List<ObjectNode> all) throws IOException {
        try {
            JsonNode json = JSON.readTree(Files.readAllBytes(file));
            if (json instanceof ObjectNode status) {
                Instant updated = Instant.parse(status.path("updated_at").asText());
                boolean stale = updated.isBefore(clock.instant().minus(STALE));
                if (stale && status.path("status").asText().equals(RunningBatch.State.IN_PROGRESS.word())) {
                    status.put("status", "interrupted");
                }
                all.add(status);
            }
        } catch (NoSuchFileException e) {
            // it has gone since it was listed
        } catch (JsonProcessingException | DateTimeParseException e) {
            LOG.debug("{} is no status: {}", file, e.toString());
        }
    }
}
