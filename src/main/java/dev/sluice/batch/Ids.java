package dev.sluice.batch;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Custom ids as 64-bit hashes: of a million different ones, two meet once in some ten million files. */
final class Ids {

    private Ids() {}

    /** Never 0, but for no id. */
    static long hash(@Nullable String customId) {
        if (customId == null) {
            return 0;
        }
        UUID md5 = UUID.nameUUIDFromBytes(customId.getBytes(StandardCharsets.UTF_8));
        long hash = md5.getMostSignificantBits() ^ Long.rotateLeft(md5.getLeastSignificantBits(), 32);
        return hash == 0 ? 1 : hash;
    }

    static ParsedLine duplicate(ParsedLine line) {
        return ParsedLine.wrong(
                line.customId(),
                "duplicate_custom_id",
                "an earlier line has the same custom_id; give each line its own, answers are found by it");
    }
}
