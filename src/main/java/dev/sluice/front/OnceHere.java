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

/** For a node that shares no Redis: answers are files, which survive a restart; what is claimed is known while it runs. */
final class OnceHere implements Once {
    private final Path folder;
    private final Duration retention;
    private final Clock clock;
    private final Map<String, Claim> claimed = new ConcurrentHashMap<>();

    OnceHere(Path folder, Duration retention, Clock clock) {
        this.folder = folder;
        this.retention = retention;
        this.clock = clock;
    }

    @Override
    public CompletionStage<Optional<Known>> claim(Claim claim) {
        Claim before = claimed.putIfAbsent(claim.name(), claim);
        if (before != null) {
            return CompletableFuture.completedFuture(Optional.of(new Known(before.bodyHash(), null)));
        }
        try {
            Optional<Known> answered = answered(claim.name());
            if (answered.isPresent()) {
                claimed.remove(claim.name(), claim);
            }
            return CompletableFuture.completedFuture(answered);
        } catch (IOException | DateTimeException e) {
            claimed.remove(claim.name(), claim);
            return CompletableFuture.failedFuture(e);
        }
    }

    /** A claim ends with its holder, which is this process. */
    @Override
    public CompletionStage<Void> renew(Claim claim) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<Void> keep(Claim claim, String answer) {
        try {
            ObjectNode head = StoredFile.newHead()
                    .put("body", claim.bodyHash())
                    .put("at", clock.instant().toString());
            StoredFile.write(file(claim.name()), head, answer.getBytes(StandardCharsets.UTF_8));
            return CompletableFuture.completedFuture(null);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        } finally {
            claimed.remove(claim.name(), claim);
        }
    }

    @Override
    public CompletionStage<Void> release(Claim claim) {
        claimed.remove(claim.name(), claim);
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
}
