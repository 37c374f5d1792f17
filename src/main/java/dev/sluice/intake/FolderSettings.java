package dev.sluice.intake;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The message folder.
 *
 * @param inbox where messages are dropped ({@code folder.inbox})
 * @param outbox where answers appear ({@code folder.outbox})
 * @param failed where messages that cannot be answered are kept, each beside its error record ({@code folder.failed})
 * @param done where answered messages go ({@code folder.done})
 * @param answer what an answer file holds ({@code folder.answer})
 * @param maxBytes the largest message file ({@code folder.max-bytes})
 * @param quiet how long a file must be unchanged before it is taken ({@code folder.quiet-ms})
 */
public record FolderSettings(
        Path inbox, Path outbox, Path failed, Path done, Answer answer, int maxBytes, Duration quiet) {

    /** What an answer file holds. */
    public enum Answer {
        /** The chat completion as JSON, in {@code <name>.json}. */
        JSON,
        /** The text of the first choice, in {@code <name>.txt}; as JSON if there is more to it than a text. */
        TEXT
    }

    public FolderSettings {
        if (maxBytes <= 0) {
            throw new IllegalArgumentException("folder.max-bytes must be > 0, was " + maxBytes);
        }
        if (quiet.isNegative()) {
            throw new IllegalArgumentException("folder.quiet-ms must be >= 0, was " + quiet.toMillis());
        }
        Map<String, Path> folders = new LinkedHashMap<>();
        folders.put("folder.inbox", inbox);
        folders.put("folder.outbox", outbox);
        folders.put("folder.failed", failed);
        folders.put("folder.done", done);
        folders.forEach((outer, around) -> folders.forEach((inner, folder) -> {
            if (!inner.equals(outer) && real(folder).startsWith(real(around))) {
                throw new IllegalArgumentException(
                        "%s (%s) must not be, or be in, %s (%s): what is written there would be taken for a message or replace another file; give each a folder of its own"
                                .formatted(inner, folder, outer, around));
            }
        }));
    }

    /** The same for all names of a folder, also through links, as far as it is there already. */
    private static Path real(Path folder) {
        Path absolute = folder.toAbsolutePath().normalize();
        for (Path there = absolute; there != null; there = there.getParent()) {
            try {
                return there.toRealPath().resolve(there.relativize(absolute)).normalize();
            } catch (IOException e) {
                // not there yet: its parent may be
            }
        }
        return absolute;
    }

    /** Where the answer to a message goes: its name with one more extension, so that no two messages share one. */
    Path answerFor(Path message, Answer holds) {
        return FileNames.withSuffix(outbox.resolve(message), holds == Answer.JSON ? ".json" : ".txt");
    }

    /** Where the error record of a message goes. */
    Path errorFor(Path message) {
        return FileNames.withSuffix(failed.resolve(message), ".error.json");
    }
}
