package dev.sluice.front;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** For a node that shares no Redis: answers are files, which survive a restart; what is claimed is known while it runs. */
final class OnceHere implements Once {
    private final Path folder;
    private final Duration retention;
    private final Clock clock;
    private final Map<String, Known> claimed = new ConcurrentHashMap<>();

    OnceHere(Path folder, Duration retention, Clock clock) {
        this.folder = folder;
        this.retention = retention;
        this.clock = clock;
    }

    @Override
    public CompletionStage<Optional<Known>> claim(String name, String bodyHash) {
        Known before = claimed.putIfAbsent(name, new Known(bodyHash, null));
        if (before != null) {
            return CompletableFuture.completedFuture(Optional.of(before));
        }
        try {
            Optional<Known> answered = answered(name);
            if (answered.isPresent()) {
                claimed.remove(name);
            }
            return CompletableFuture.completedFuture(answered);
        } catch (IOException | DateTimeException e) {
            claimed.remove(name);
            return CompletableFuture.failedFuture(e);
        }
    }

    /** A claim ends with its holder, which is this process. */
    @Override
    public void renew(String name, String bodyHash) {}

    @Override
    public CompletionStage<Void> keep(String name, Known done) {
        try {
            ObjectNode head = StoredFile.newHead()
                    .put("body", done.bodyHash())
                    .put("at", clock.instant().toString());
            StoredFile.write(file(name), head, text(done.answer()).getBytes(StandardCharsets.UTF_8));
            return CompletableFuture.completedFuture(null);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        } finally {
            claimed.remove(name);
        }
    }

    @Override
    public CompletionStage<Void> release(String name) {
        claimed.remove(name);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void expire() throws IOException {
        StoredFile.removeOlder(folder, clock.instant().minus(retention));
    }

    private Optional<Known> answered(String name) throws IOException {
        StoredFile file = StoredFile.read(file(name));
        return file == null
                        || Instant.parse(file.head().path("at").asText())
                                .plus(retention)
                                .isBefore(clock.instant())
                ? Optional.empty()
                : Optional.of(
                        new Known(file.head().path("body").asText(), new String(file.body(), StandardCharsets.UTF_8)));
    }

    private Path file(String name) {
        return folder.resolve(name + ".answer");
    }

    private static String text(@Nullable String answer) {
        return answer == null ? "" : answer;
    }
}
