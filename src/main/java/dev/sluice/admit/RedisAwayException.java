package dev.sluice.admit;

import java.io.Serial;

/** Redis did not answer, or refused; the reason is short enough for a log line and holds no argument of the command. */
final class RedisAwayException extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    private static final int REASON_CHARS = 160;

    RedisAwayException(String reason) {
        super(reason);
    }

    private RedisAwayException(Throwable cause) {
        super(reason(cause), cause);
    }

    /** By the first cause that says something: what wraps it only says that something failed. */
    static RedisAwayException of(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && cause.getCause().getMessage() != null) {
            cause = cause.getCause();
        }
        return cause instanceof RedisAwayException away ? away : new RedisAwayException(cause);
    }

    /** Redisson appends advice, and the command with its arguments, to what Redis said. */
    private static String reason(Throwable cause) {
        String said = String.valueOf(cause.getMessage()).split("[.;,!] |\\R", 2)[0];
        String reason = cause.getClass().getSimpleName() + ": " + said;
        return reason.length() > REASON_CHARS ? reason.substring(0, REASON_CHARS) + "…" : reason;
    }
}
