package dev.sluice.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.intake.InvalidMessageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Objects of the Batch API on disk: each a small JSON file that is replaced as a whole, and the content of files beside
 * it. Thread-safe as long as one thread at a time writes an object.
 */
final class ApiStore {
    private static final Logger LOG = LoggerFactory.getLogger(ApiStore.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern ID = Pattern.compile("(file-|batch_)[0-9a-f]{24}");
    private static final Pattern UPLOAD = Pattern.compile("upload-.+\\.part");
    private static final String OBJECT = ".json";

    private final Path folder;
    private final SecureRandom random = new SecureRandom();

    ApiStore(Path folder) {
        this.folder = folder;
    }

    /** What kinds there are, each with the prefix of its ids. */
    enum Kind {
        FILE("file-"),
        BATCH("batch_");

        private final String prefix;

        Kind(String prefix) {
            this.prefix = prefix;
        }
    }

    String newId(Kind kind) {
        byte[] bytes = new byte[12];
        random.nextBytes(bytes);
        return kind.prefix + HexFormat.of().formatHex(bytes);
    }

    ObjectNode newObject() {
        return JSON.createObjectNode();
    }

    Path content(String fileId) {
        return folder.resolve(fileId + ".jsonl");
    }

    /**
     * A file that was received, and is in this folder under the name that uploads have.
     *
     * @throws InvalidMessageException if it is any other: no client names files of this machine
     */
    Path uploaded(String path) throws InvalidMessageException {
        Path name = Path.of(path).getFileName();
        if (name == null || !UPLOAD.matcher(name.toString()).matches()) {
            throw new InvalidMessageException("missing_required_parameter", "send the file as multipart/form-data");
        }
        return folder.resolve(name);
    }

    void save(ObjectNode object, ApiCaller owner) throws IOException {
        ObjectNode stored = object.deepCopy();
        owner.putOn(stored);
        WholeFile.replaceDurably(folder.resolve(object.get("id").asText() + OBJECT), JSON.writeValueAsBytes(stored));
    }

    /** @throws InvalidMessageException if there is none with this id that belongs to the caller */
    ObjectNode load(Kind kind, String id, ApiCaller owner) throws IOException, InvalidMessageException {
        if (id.startsWith(kind.prefix) && ID.matcher(id).matches()) {
            try {
                ObjectNode object = read(folder.resolve(id + OBJECT));
                if (owner.owns(ApiCaller.takenOff(object))) {
                    return object;
                }
            } catch (NoSuchFileException e) {
                // said below
            }
        }
        throw new InvalidMessageException(
                404, "not_found", "there is no %s with this id".formatted(kind == Kind.FILE ? "file" : "batch"));
    }

    /** The newest first. */
    List<ObjectNode> list(Kind kind, ApiCaller owner) throws IOException {
        List<ObjectNode> all = new ArrayList<>();
        for (Stored stored : all(kind)) {
            if (owner.owns(stored.owner)) {
                all.add(stored.object);
            }
        }
        return all;
    }

    record Stored(ObjectNode object, ApiCaller owner) {}

    /** Of all callers; the newest first. */
    List<Stored> all(Kind kind) throws IOException {
        List<Stored> all = new ArrayList<>();
        try (Stream<Path> files = Files.isDirectory(folder) ? Files.list(folder) : Stream.empty()) {
            for (Path file : files.filter(file -> isObject(file, kind)).toList()) {
                try {
                    ObjectNode object = read(file);
                    all.add(new Stored(object, ApiCaller.takenOff(object)));
                } catch (NoSuchFileException e) {
                    // deleted since it was listed
                } catch (JsonProcessingException e) {
                    LOG.error("{} is not an object of the Batch API, and is passed over; remove or mend it", file);
                }
            }
        }
        all.sort(Comparator.comparing(
                        (Stored stored) -> -stored.object.path("created_at").asLong())
                .thenComparing(stored -> stored.object.path("id").asText()));
        return all;
    }

    boolean exists(String id) {
        return Files.exists(folder.resolve(id + OBJECT));
    }

    /** Deletes an object, not the content of a file. */
    void delete(String id) throws IOException {
        Files.deleteIfExists(folder.resolve(id + OBJECT));
    }

    private static boolean isObject(Path file, Kind kind) {
        String name = file.getFileName().toString();
        return name.startsWith(kind.prefix) && name.endsWith(OBJECT);
    }

    private static ObjectNode read(Path file) throws IOException {
        return JSON.readValue(Files.readAllBytes(file), ObjectNode.class);
    }
}
