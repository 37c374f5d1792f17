package dev.sluice.batch;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.intake.ChatBody;
import dev.sluice.intake.InvalidMessageException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * What a batch would come to, found out without a call.
 *
 * @param lines lines that are not blank
 * @param faults how many of them would not be sent, by code
 * @param tokens what the others are estimated to cost, prompts and answers
 */
public record DryRun(long lines, Map<String, Long> faults, long tokens) {
    public DryRun {
        faults = new TreeMap<>(faults);
    }

    /**
     * Reads and checks every line.
     *
     * @param tokensOf estimates the tokens of a chat body
     */
    public static DryRun of(
            BatchFiles files, BatchSettings settings, InputStream standardInput, ToLongFunction<JsonNode> tokensOf)
            throws IOException, BatchRefusedException {
        Input input = new Input(files, standardInput);
        input.size();
        LineParser parser = new LineParser(settings.maxLineBytes(), settings.model());
        LongSet ids = new LongSet();
        Map<String, Long> faults = new TreeMap<>();
        long tokens = 0;
        try (LineReader reader = new LineReader(input.open(), settings.maxLineBytes())) {
            for (Line line = reader.next(number -> true); line != null; line = reader.next(number -> true)) {
                ParsedLine parsed = parser.parse(line);
                long id = Ids.hash(parsed.customId());
                try {
                    tokens += tokensOf.applyAsLong(checked(id == 0 || ids.add(id) ? parsed : Ids.duplicate(parsed)));
                } catch (InvalidMessageException e) {
                    faults.merge(e.code(), 1L, Long::sum);
                }
            }
            return new DryRun(reader.position().lines(), faults, tokens);
        }
    }

    public long valid() {
        return lines - faults.values().stream().mapToLong(Long::longValue).sum();
    }

    /** How long it takes at least, at these limits. */
    public Duration atLeast(long requestsPerMinute, long tokensPerMinute) {
        double minutes = Math.max((double) valid() / requestsPerMinute, (double) tokens / tokensPerMinute);
        return Duration.ofSeconds(Math.round(minutes * 60));
    }

    private static JsonNode checked(ParsedLine line) throws InvalidMessageException {
        if (line.fault() != null) {
            throw line.fault();
        }
        return ChatBody.parse(line.body());
    }
}
