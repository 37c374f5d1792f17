package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The slots that a limiter gave, in order, and the property that they must have. */
final class Grants {
    private record Grant(long slot, long tokens) {}

    private final List<Grant> grants = new ArrayList<>();

    synchronized void add(long slotMicros, long tokens) {
        grants.add(new Grant(slotMicros, tokens));
    }

    /** For all i ≤ j: grants(i..j) ≤ burst + rate · (tj − ti), where a call larger than the burst is the burst. */
    void neverExceed(Limit limit) {
        neverExceed(limit, 0);
    }

    /** The same for slots that were observed with an error of up to so many µs. */
    synchronized void neverExceed(Limit limit, long errorMicros) {
        grants.sort(Comparator.comparingLong(Grant::slot));
        for (int i = 0; i < grants.size(); i++) {
            long tokens = 0;
            long largest = limit.burstTokens();
            for (int j = i; j < grants.size(); j++) {
                long micros = grants.get(j).slot - grants.get(i).slot + errorMicros;
                tokens += grants.get(j).tokens;
                largest = Math.max(largest, grants.get(j).tokens);
                assertThat((double) (j - i + 1))
                        .as("requests %d..%d in %d µs", i, j, micros)
                        .isLessThanOrEqualTo(limit.burstRequests() + limit.requestsPerMinute() * micros / 60e6 + 1e-6);
                assertThat((double) tokens)
                        .as("tokens of %d..%d in %d µs", i, j, micros)
                        .isLessThanOrEqualTo(largest + limit.tokensPerMinute() * micros / 60e6 + 1e-3);
            }
        }
    }

    synchronized int size() {
        return grants.size();
    }
}
