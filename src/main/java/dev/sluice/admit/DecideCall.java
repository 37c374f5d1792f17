package dev.sluice.admit;

import java.util.ArrayList;
import java.util.List;

/** The keys and the arguments of one run of {@code decide.lua}, whose header is the contract. */
record DecideCall(List<Object> keys, List<Object> arguments) {
    static final String NOW = "";

    /** @param time the moment in µs, for tests only; else {@link #NOW}, by the clock of Redis */
    static DecideCall of(Limit limit, List<Step> steps, Object time) {
        List<Object> keys = new ArrayList<>();
        List<Object> arguments = new ArrayList<>(5 + 4 * steps.size());
        keys.add(stateKey(limit));
        arguments.addAll(List.of(
                limit.requestsPerMinute(), limit.tokensPerMinute(), limit.burstRequests(), limit.burstTokens(), time));
        for (Step step : steps) {
            if (step instanceof Step.Acquire acquire) {
                arguments.addAll(List.of("acquire", acquire.tokens()));
            } else if (step instanceof Step.Settle settle) {
                keys.add(markKey(limit, settle.permit()));
                arguments.addAll(List.of("settle", settle.reserved(), settle.used(), settle.requestUsed() ? 0 : 1));
            }
        }
        return new DecideCall(keys, arguments);
    }

    /** Where the state of a limit is. */
    static String stateKey(Limit limit) {
        return "sluice:{" + limit.key() + "}:limit";
    }

    /** Where it is noted that a permit was settled. */
    static String markKey(Limit limit, String permit) {
        return "sluice:{" + limit.key() + "}:settled:" + permit;
    }
}
