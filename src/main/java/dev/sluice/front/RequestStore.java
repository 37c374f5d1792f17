package dev.sluice.front;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Requests that nobody waits for, and their answers, as files: {@code ID.request} until there is {@code ID.answer}, each on
 * disk before it is said to be there. Thread-safe.
 */
final class RequestStore {
    private static final Pattern ID = Pattern.compile("[\\w-]{1,64}");
    private static final String REQUEST = ".request";
    private static final String ANSWER = ".answer";

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

    void accept(StoredRequest request) throws IOException {
        ObjectNode head = StoredFile.newHead()
                .put("id", request.id())
                .put("path", request.path())
                .put("caller", request.caller())
                .put("tenant", request.tenant())
                .put("idempotencyKey", request.idempotencyKey())
                .put("at", request.at().toString());
        StoredFile.write(file(request.id(), REQUEST), head, request.body());
    }

    /** Has no effect if it was called off. */
    synchronized void finish(StoredRequest request, int status, byte[] body) throws IOException {
        if (Files.exists(file(request.id(), REQUEST))) {
            ObjectNode head = StoredFile.newHead()
                    .put("caller", request.caller())
                    .put("status", status)
                    .put("at", clock.instant().toString());
            StoredFile.write(file(request.id(), ANSWER), head, body);
            Files.deleteIfExists(file(request.id(), REQUEST));
        }
    }

    /** What is known of a caller's request; empty if there is none of that caller. */
    Optional<State> find(String id, String caller) throws IOException {
        if (!ID.matcher(id).matches()) {
            return Optional.empty();
        }
        StoredFile known = answerOrRequest(id);
        if (known == null || !known.head().path("caller").asText().equals(caller)) {
            return Optional.empty();
        }
        return Optional.of(new State(known.head().path("status").asInt(), known.body()));
    }

    /** Again after the request, which may have got its answer in between. */
    private @Nullable StoredFile answerOrRequest(String id) throws IOException {
        StoredFile answer = StoredFile.read(file(id, ANSWER));
        StoredFile request = answer == null ? StoredFile.read(file(id, REQUEST)) : answer;
        return request == null ? StoredFile.read(file(id, ANSWER)) : request;
    }

    synchronized void remove(String id) throws IOException {
        Files.deleteIfExists(file(id, REQUEST));
        Files.deleteIfExists(file(id, ANSWER));
    }

    /** The ids of requests without an answer, the oldest first. */
    List<String> pending() throws IOException {
        List<Path> files = StoredFile.list(folder);
        Set<String> answered =
                files.stream().flatMap(file -> id(file, ANSWER).stream()).collect(Collectors.toSet());
        record Pending(String id, FileTime at) {}
        List<Pending> pending = new ArrayList<>();
        for (Path file : files) {
            Optional<String> id = id(file, REQUEST);
            if (id.isPresent() && !answered.contains(id.get())) {
                pending.add(new Pending(id.get(), Files.getLastModifiedTime(file)));
            }
        }
        pending.sort(Comparator.comparing(Pending::at));
        return pending.stream().map(Pending::id).toList();
    }

    /** A request without an answer; empty if it was called off. */
    Optional<StoredRequest> read(String id) throws IOException {
        StoredFile file = StoredFile.read(file(id, REQUEST));
        return file == null ? Optional.empty() : Optional.of(stored(file));
    }

    /** Whether a request was kept for too long. */
    boolean isTooOld(StoredRequest request) {
        return request.at().plus(retention).isBefore(clock.instant());
    }

    /** Forgets what is older than it needs to be kept, and what was not written to its end. */
    void expire() throws IOException {
        StoredFile.removeOlder(folder, clock.instant().minus(retention));
    }

    private Path file(String id, String kind) {
        return folder.resolve(id + kind);
    }

    private static Optional<String> id(Path file, String kind) {
        String name = file.getFileName().toString();
        return name.endsWith(kind) ? Optional.of(name.substring(0, name.length() - kind.length())) : Optional.empty();
    }

    private static StoredRequest stored(StoredFile file) {
        JsonNode head = file.head();
        return new StoredRequest(
                head.path("id").asText(),
                head.path("path").asText(),
                head.path("caller").asText(),
                head.path("tenant").asText(),
                head.hasNonNull("idempotencyKey") ? head.get("idempotencyKey").asText() : null,
                Instant.parse(head.path("at").asText()),
                file.body());
    }
}
