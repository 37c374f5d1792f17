package dev.sluice.jms;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.intake.Disk;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers that have left the queue before their message could have its end, each in a file: after a crash they come before
 * their message is read again. They are read when it is; what nobody wants for a day is deleted.
 */
final class EarlyAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(EarlyAnswers.class);
    /** How long an answer may be is said by {@code upstream.max-answer-bytes}. */
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build());

    private static final String SUFFIX = ".answer.json";
    private static final Duration WANTED_FOR = Duration.ofDays(1);

    private final Path folder;

    /** @param folder for the files, made when it is needed */
    EarlyAnswers(Path folder) {
        this.folder = folder;
    }

    /** Keeps an answer, on disk when this returns. */
    void put(Answer answer) throws IOException {
        Disk.makeFolder(folder);
        Path part = folder.resolve(answer.id() + ".part");
        Disk.write(part, JSON.writeValueAsBytes(answer));
        Files.move(part, file(answer.id()), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Disk.forceFolder(folder);
    }

    /** Null if there is none that can be read. */
    @Nullable
    Answer get(String id) {
        try {
            return JSON.readValue(Files.readAllBytes(file(id)), Answer.class);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            LOG.warn("an answer that was kept cannot be read, its request is sent again: {}", e.toString());
            return null;
        }
    }

    void remove(String id) {
        try {
            Files.deleteIfExists(file(id));
        } catch (IOException e) {
            LOG.debug("{} stays until it is old: {}", file(id), e.toString());
        }
    }

    /** Deletes what nobody has wanted for a day. */
    void forgetOld(Instant now) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path each : all) {
                if (Files.getLastModifiedTime(each).toInstant().isBefore(now.minus(WANTED_FOR))) {
                    Files.deleteIfExists(each);
                }
            }
        } catch (IOException e) {
            LOG.debug("old answers in {} stay: {}", folder, e.toString());
        }
    }

    private Path file(String id) {
        return folder.resolve(id + SUFFIX);
    }
}
