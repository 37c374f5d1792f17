package dev.sluice.admit;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The keys and the arguments of one run of {@code decide.lua}, whose header is the contract. */
record DecideCall(List<Object> keys, List<Object> arguments) {
    static final String NOW = "";

    /** How many numbers of an answer say how the clock runs. */
    private static final int PACE = 8;

    private static final Refusal NO_REFUSAL = new Refusal(0, 0, -1);

    /** @param time the moment in µs, for tests only; else {@link #NOW}, by the clock of Redis */
    static DecideCall of(Limit limit, List<Step> steps, Object time) {
        List<Object> keys = new ArrayList<>();
        List<Object> arguments = new ArrayList<>(6 + 4 * steps.size());
        keys.add(stateKey(limit));
        arguments.addAll(List.of(
                limit.requestsPerMinute(),
                limit.tokensPerMinute(),
                limit.burstRequests(),
                limit.burstTokens(),
                limit.adaptiveFactor(),
                time));
        for (Step step : steps) {
            if (step instanceof Step.Acquire acquire) {
                arguments.addAll(List.of("acquire", acquire.tokens()));
            } else if (step instanceof Step.Settle settle) {
                keys.add(markKey(limit, settle.permit()));
                arguments.addAll(settle(settle));
            } else {
                arguments.add("look");
            }
        }
        return new DecideCall(keys, arguments);
    }

    /** How the clock of the limit runs, from an answer that came at this moment. */
    static Pace pace(List<Long> answer, long now) {
        return new Pace(
                now,
                answer.get(0),
                now + answer.get(1),
                answer.get(2),
                answer.get(3),
                new Allowed(answer.get(4), answer.get(5), answer.get(6), answer.get(7)));
    }

    /** The answers to the steps, in their order. */
    static List<Long> answers(List<Long> answer) {
        return answer.subList(PACE, answer.size());
    }

    private static List<Object> settle(Step.Settle settle) {
        List<Object> arguments = new ArrayList<>();
        News news = settle.news();
        arguments.add(news.equals(News.NONE) ? "settle" : "report");
        arguments.addAll(List.of(settle.reserved(), settle.used(), settle.requestUsed() ? 0 : 1));
        if (!news.equals(News.NONE)) {
            Refusal refusal = Objects.requireNonNullElse(news.refusal(), NO_REFUSAL);
            arguments.addAll(List.of(news.refusal() == null ? 0 : 1));
            arguments.addAll(List.of(refusal.age(), refusal.epoch(), refusal.pause()));
            arguments.addAll(List.of(news.requests(), news.tokens(), news.empty()));
        }
        return arguments;
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
