package dev.sluice.sandbox;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the sandbox has counted since it started, or since the last reset. Each call is counted in exactly one of
 * accepted, refused, failed and rejected.
 *
 * @param accepted within the limits, and answered (or about to be)
 * @param refused 429, because a limit was reached or the request was larger than it
 * @param failed within the limits, but failed by a fault or by the name of the model
 * @param rejected not even looked at: wrong key, unreadable request, unknown path
 * @param aborted how many of those accepted or failed the client left before the end
 * @param inFlight accepted or failed, and not at the end yet
 * @param maxInFlight the most that {@code inFlight} has been
 * @param tokens what the accepted and the failed were charged
 * @param firstAccept when the first was accepted, null if none was
 * @param lastAccept when the last was accepted, null if none was
 * @param distinctPrompts different last user messages accepted; 0 unless {@code sandbox.record} is on
 * @param repeatedPrompts how many of these were accepted more than once; 0 unless {@code sandbox.record} is on
 */
public record Stats(
        long accepted,
        long refused,
        long failed,
        long rejected,
        long aborted,
        int inFlight,
        int maxInFlight,
        long tokens,
        @Nullable Instant firstAccept,
        @Nullable Instant lastAccept,
        long distinctPrompts,
        long repeatedPrompts) {}
