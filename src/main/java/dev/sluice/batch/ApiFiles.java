package dev.sluice.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.intake.Disk;
import dev.sluice.intake.InvalidMessageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;

/** Files of the Batch API: what was uploaded, and what batches have made. Ids and fields are OpenAI's. */
final class ApiFiles {
    private final ApiStore store;
    private final Clock clock;

    ApiFiles(ApiStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /** @param upload says {@code path}, {@code filename} and {@code purpose} of a file that was received */
    ObjectNode create(JsonNode upload, ApiCaller owner) throws IOException, InvalidMessageException {
        Path received = store.uploaded(upload.path("path").asText());
        try {
            if (!upload.path("purpose").asText().equals("batch")) {
                throw new InvalidMessageException(
                        "invalid_purpose", "purpose must be batch; files for other purposes are not kept here");
            }
            String id = store.newId(ApiStore.Kind.FILE);
            Files.createDirectories(store.content(id).toAbsolutePath().getParent());
            Disk.force(received);
            Files.move(received, store.content(id));
            return kept(id, upload.path("filename").asText(), owner);
        } finally {
            Files.deleteIfExists(received);
        }
    }

    /** A content that no object tells of would stay for ever, so it is not kept without. */
    private ObjectNode kept(String id, String name, ApiCaller owner) throws IOException {
        try {
            return save(id, name, "batch", owner);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(store.content(id));
            throw e;
        }
    }

    /** Makes a file of what a batch has written; null if it has written nothing. */
    @org.jspecify.annotations.Nullable
    String created(String id, String name, ApiCaller owner) throws IOException {
        if (!Files.exists(store.content(id)) || Files.size(store.content(id)) == 0) {
            Files.deleteIfExists(store.content(id));
            return null;
        }
        save(id, name, "batch_output", owner);
        return id;
    }

    /** @param needed whether its content is: then it is only forgotten that there is a file, until {@link #forget} */
    ObjectNode deleted(String id, ApiCaller owner, boolean needed) throws IOException, InvalidMessageException {
        store.load(ApiStore.Kind.FILE, id, owner);
        store.delete(id);
        if (!needed) {
            Files.deleteIfExists(store.content(id));
        }
        return store.newObject().put("id", id).put("object", "file").put("deleted", true);
    }

    /** Deletes the content of a file that nobody knows any more. */
    void forget(String id) throws IOException {
        if (!store.exists(id)) {
            Files.deleteIfExists(store.content(id));
        }
    }

    Path content(String id, ApiCaller owner) throws IOException, InvalidMessageException {
        store.load(ApiStore.Kind.FILE, id, owner);
        return store.content(id);
    }

    private ObjectNode save(String id, String name, String purpose, ApiCaller owner) throws IOException {
        ObjectNode file = store.newObject()
                .put("id", id)
                .put("object", "file")
                .put("bytes", Files.size(store.content(id)))
                .put("created_at", clock.instant().getEpochSecond())
                .put("filename", name)
                .put("purpose", purpose)
                .put("status", "processed");
        store.save(file, owner);
        return file;
    }
}
