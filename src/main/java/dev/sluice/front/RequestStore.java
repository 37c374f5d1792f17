package dev.sluice.front;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Requests that nobody waits for, and their answers, as files: {@code ID.request} until there is {@code ID.answer}. Each is
 * a line of JSON with what belongs to it, and then the body as it came; it is on disk before it is said to be there.
 *
 * <p>Thread-safe as long as each request is dealt with by one thread at a time.
 */
final class RequestStore {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern ID = Pattern.compile("[\\w-]{1,64}");
    private static final String REQUEST = ".request";
    private static final String ANSWER = ".answer";
    private static final String PART = ".part";

    private final Path folder;
    private final Duration retention;
    private final Clock clock;

    /** @param retention how long an answer, or a request without one, is kept */
    RequestStore(Path folder, Duration retention, Clock clock) {
        this.folder = folder;
        this.retention = retention;
        this.clock = clock;
    }

    /**
     * What is known of a request.
     *
     * @param status of its answer; 0 while there is none
     */
    record State(int status, byte[] body) {}

    /** A file of the store. */
    private record Content(JsonNode head, byte[] body) {}

    void accept(StoredRequest request) throws IOException {
        ObjectNode head = JSON.createObjectNode()
                .put("id", request.id())
                .put("path", request.path())
                .put("caller", request.caller())
                .put("tenant", request.tenant())
                .put("idempotencyKey", request.idempotencyKey())
                .put("at", request.at().toString());
        write(file(request.id(), REQUEST), head, request.body());
    }

    void finish(StoredRequest request, int status, byte[] body) throws IOException {
        if (Files.exists(file(request.id(), REQUEST))) { // else it was called off
            ObjectNode head = JSON.createObjectNode()
                    .put("caller", request.caller())
                    .put("status", status)
                    .put("at", clock.instant().toString());
            write(file(request.id(), ANSWER), head, body);
            Files.deleteIfExists(file(request.id(), REQUEST));
        }
    }

    /** What is known of a caller's request; empty if there is none of that caller. */
    Optional<State> find(String id, String caller) throws IOException {
        if (!ID.matcher(id).matches()) {
            return Optional.empty();
        }
        Content answer = read(file(id, ANSWER));
        Content known = answer == null ? read(file(id, REQUEST)) : answer;
        if (known == null || !known.head.path("caller").asText().equals(caller)) {
            return Optional.empty();
        }
        return Optional.of(new State(known.head.path("status").asInt(), known.body));
    }

    void remove(String id) throws IOException {
        Files.deleteIfExists(file(id, REQUEST));
        Files.deleteIfExists(file(id, ANSWER));
    }

    /** Requests without an answer, the oldest first. */
    List<StoredRequest> pending() throws IOException {
        List<StoredRequest> pending = new ArrayList<>();
        for (Path file : files()) {
            String name = file.getFileName().toString();
            Content content = name.endsWith(REQUEST) ? read(file) : null;
            if (content != null && !Files.exists(file(name.replace(REQUEST, ""), ANSWER))) {
                pending.add(stored(content));
            }
        }
        pending.sort(Comparator.comparing(StoredRequest::at));
        return pending;
    }

    /** Whether a request was kept for too long. */
    boolean isTooOld(StoredRequest request) {
        return request.at().plus(retention).isBefore(clock.instant());
    }

    /** Forgets what is older than it needs to be kept, and what was not written to its end. */
    void expire() throws IOException {
        Instant oldest = clock.instant().minus(retention);
        for (Path file : files()) {
            if (Files.getLastModifiedTime(file).toInstant().isBefore(oldest)) {
                Files.deleteIfExists(file);
            }
        }
    }

    private List<Path> files() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private Path file(String id, String kind) {
        return folder.resolve(id + kind);
    }

    private void write(Path file, ObjectNode head, byte[] body) throws IOException {
        Files.createDirectories(folder);
        Path part = file.resolveSibling(file.getFileName() + PART);
        try (FileChannel channel = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer[] content = {
                ByteBuffer.wrap((head + "\n").getBytes(StandardCharsets.UTF_8)), ByteBuffer.wrap(body)
            };
            while (content[1].hasRemaining() || content[0].hasRemaining()) {
                channel.write(content);
            }
            channel.force(true);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static @Nullable Content read(Path file) throws IOException {
        try {
            byte[] content = Files.readAllBytes(file);
            int end = 0;
            while (end < content.length && content[end] != '\n') {
                end++;
            }
            return new Content(
                    JSON.readTree(content, 0, end),
                    Arrays.copyOfRange(content, Math.min(end + 1, content.length), content.length));
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static StoredRequest stored(Content content) {
        JsonNode head = content.head;
        return new StoredRequest(
                head.path("id").asText(),
                head.path("path").asText(),
                head.path("caller").asText(),
                head.path("tenant").asText(),
                head.hasNonNull("idempotencyKey") ? head.get("idempotencyKey").asText() : null,
                Instant.parse(head.path("at").asText()),
                content.body);
    }
}
