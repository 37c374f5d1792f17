package dev.sluice.admit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs when the rate of a limit has changed by a tenth since the last line, and when a cool-down of a second or more
 * begins; so a rate that moves by little, or a burst of refusals, is not a flood of lines. Thread-safe.
 */
final class PaceLog {
    private static final Logger LOG = LoggerFactory.getLogger(PaceLog.class);
    private static final double NOTICEABLE = 0.1;
    private static final long LONG = 1_000_000;

    private final Limit limit;
    private double requestsPerMinute;
    private double tokensPerMinute;
    private long quiet;

    PaceLog(Limit limit) {
        this.limit = limit;
        this.requestsPerMinute = limit.requestsPerMinute();
        this.tokensPerMinute = limit.tokensPerMinute();
    }

    /** This is how the clock runs now. */
    synchronized void heard(Pace pace) {
        double requests = pace.requestsPerMinute(limit);
        double tokens = pace.tokensPerMinute(limit);
        if (changed(requestsPerMinute, requests) || changed(tokensPerMinute, tokens)) {
            LOG.info(
                    "limiter rate={}% requests-per-minute={} tokens-per-minute={} was-requests-per-minute={} limit={}",
                    Math.round(100 * requests / limit.requestsPerMinute()),
                    Math.round(requests),
                    Math.round(tokens),
                    Math.round(requestsPerMinute),
                    limit.key());
            requestsPerMinute = requests;
            tokensPerMinute = tokens;
        }
        long pause = pace.quiet() - pace.at();
        if (pause >= LONG && pace.at() >= quiet) {
            LOG.info(
                    "limiter cool-down-ms={} limit={} the upstream refuses, no node calls it meanwhile",
                    pause / 1_000,
                    limit.key());
        }
        quiet = Math.max(quiet, pace.quiet());
    }

    private static boolean changed(double was, double is) {
        return Math.abs(is - was) >= NOTICEABLE * was;
    }
}
