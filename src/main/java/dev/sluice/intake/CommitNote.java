package dev.sluice.intake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a commit is about to do, so that it can be carried out to its end by another process; see {@link Staging}.
 *
 * @param id of the request
 * @param input where it is, with its {@code size} and the time at which it was {@code modified}
 * @param movedTo where the input goes
 * @param output where the staged output goes
 * @param live where the pieces of the output have grown; null if there are none
 * @param pieces where they go; null if there are none
 */
record CommitNote(
        String id,
        Path input,
        long size,
        FileTime modified,
        Path movedTo,
        Path output,
        @Nullable Path live,
        @Nullable Path pieces) {

    String toJson() {
        ObjectNode json = ChatBody.JSON
                .createObjectNode()
                .put("id", id)
                .put("input", input.toString())
                .put("size", size)
                .put("modified", modified.toString())
                .put("movedTo", movedTo.toString())
                .put("output", output.toString());
        if (live != null && pieces != null) {
            json.put("live", live.toString()).put("pieces", pieces.toString());
        }
        return json.toString();
    }

    static CommitNote parse(String text) throws IOException {
        JsonNode json = ChatBody.JSON.readTree(text);
        try {
            return new CommitNote(
                    json.get("id").textValue(),
                    Path.of(json.get("input").textValue()),
                    json.get("size").longValue(),
                    FileTime.from(Instant.parse(json.get("modified").textValue())),
                    Path.of(json.get("movedTo").textValue()),
                    Path.of(json.get("output").textValue()),
                    json.has("live") ? Path.of(json.get("live").textValue()) : null,
                    json.has("pieces") ? Path.of(json.get("pieces").textValue()) : null);
        } catch (InvalidPathException e) {
            throw new IOException("a name cannot be read in this locale; start with LC_ALL=C.UTF-8", e);
        }
    }

    /** Whether the input has not been moved, nor another one taken its place. */
    boolean inputIsStillThere() throws IOException {
        try {
            return Disk.isSame(Files.readAttributes(input, BasicFileAttributes.class), size, modified);
        } catch (NoSuchFileException e) {
            return false;
        }
    }
}
