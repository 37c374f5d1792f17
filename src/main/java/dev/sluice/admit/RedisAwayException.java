package dev.sluice.admit;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** Redis did not answer, or refused; the reason is short enough for a log line and holds no argument of the command. */
final class RedisAwayException extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    private static final int REASON_CHARS = 160;

    private final boolean once;

    RedisAwayException(String reason) {
        this(reason, false, null);
    }

    private RedisAwayException(String reason, boolean once, @Nullable Throwable cause) {
        super(reason, cause);
        this.once = once;
    }

    /** One answer was late, the one before it was not: Redis may well be there. */
    static RedisAwayException once(String reason) {
        return new RedisAwayException(reason, true, null);
    }

    /** By the first cause that says something: what wraps it only says that something failed. */
    static RedisAwayException of(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && cause.getCause().getMessage() != null) {
            cause = cause.getCause();
        }
        return cause instanceof RedisAwayException away ? away : new RedisAwayException(reason(cause), false, cause);
    }

    /** Whether this was one late answer, and no more than that. */
    boolean once() {
        return once;
    }

    /** Redisson appends advice, and the command with its arguments, to what Redis said. */
    private static String reason(Throwable cause) {
        String said = String.valueOf(cause.getMessage()).split("[.;,!] |\\R", 2)[0];
        String reason = cause.getClass().getSimpleName() + ": " + said;
        return reason.length() > REASON_CHARS ? reason.substring(0, REASON_CHARS) + "…" : reason;
    }
}
