package dev.sluice.admit;

import static org.assertj.core.api.Assertions.fail;

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
                double requestsAllowed = limit.burstRequests() + limit.requestsPerMinute() * micros / 60e6;
                double tokensAllowed = largest + limit.tokensPerMinute() * micros / 60e6;
                if (j - i + 1 > requestsAllowed + 1e-6 || tokens > tokensAllowed + 1e-3) {
                    fail("grants %d..%d are %d requests and %d tokens in %d µs, allowed %.3f and %.3f"
                            .formatted(i, j, j - i + 1, tokens, micros, requestsAllowed, tokensAllowed));
                }
            }
        }
    }

    synchronized int size() {
        return grants.size();
    }
}
