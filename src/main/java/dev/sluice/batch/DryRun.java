package dev.sluice.batch;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.intake.Api;
import dev.sluice.intake.ChatBody;
import dev.sluice.intake.InvalidMessageException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a batch would come to, found out without a call.
 *
 * @param lines lines that are not blank
 * @param faults how many of them would not be sent, by code
 * @param use what the others are estimated to use
 * @param unpriced models without a price, empty if there are no prices at all
 */
public record DryRun(long lines, Map<String, Long> faults, Use use, Set<String> unpriced) {
    private static final int MOST_NAMED = 20;

    public DryRun {
        faults = new TreeMap<>(faults);
        unpriced = new TreeSet<>(unpriced);
    }

    /** Reads and checks every line. */
    public static DryRun of(BatchFiles files, BatchSettings settings, InputStream standardInput)
            throws IOException, BatchRefusedException {
        Input input = new Input(files, standardInput);
        input.size();
        LineParser parser = settings.parser();
        LongSet ids = new LongSet();
        Map<String, Long> faults = new TreeMap<>();
        Set<String> unpriced = new TreeSet<>();
        Use use = Use.NONE;
        try (LineReader reader = new LineReader(input.open(), settings.maxLineBytes())) {
            for (Line line = reader.next(number -> true); line != null; line = reader.next(number -> true)) {
                ParsedLine parsed = parser.parse(line);
                long id = Ids.hash(parsed.customId());
                try {
                    ParsedLine own = id == 0 || ids.add(id) ? parsed : Ids.duplicate(parsed);
                    use = use.plus(use(own.api(), checked(own), settings, unpriced));
                } catch (InvalidMessageException e) {
                    faults.merge(e.code(), 1L, Long::sum);
                }
            }
            return new DryRun(reader.position().lines(), faults, use, unpriced);
        }
    }

    public long valid() {
        return lines - faults.values().stream().mapToLong(Long::longValue).sum();
    }

    /** How long it takes at least, at these limits. */
    public Duration atLeast(long requestsPerMinute, long tokensPerMinute) {
        double minutes = Math.max((double) valid() / requestsPerMinute, (double) use.tokens() / tokensPerMinute);
        return Duration.ofSeconds(Math.round(minutes * 60));
    }

    private static Use use(Api api, JsonNode body, BatchSettings settings, Set<String> unpriced) {
        Estimator.Tokens tokens = settings.estimator().of(api, body);
        String model = body.path("model").asText();
        Optional<Use> priced = settings.prices().of(model, tokens.prompt(), tokens.completion());
        if (priced.isEmpty() && !settings.prices().isEmpty() && unpriced.size() < MOST_NAMED) {
            unpriced.add(model);
        }
        return priced.orElse(new Use(tokens.prompt(), tokens.completion(), 0));
    }

    private static JsonNode checked(ParsedLine line) throws InvalidMessageException {
        if (line.fault() != null) {
            throw line.fault();
        }
        return ChatBody.parse(line.api(), line.body());
    }
}
