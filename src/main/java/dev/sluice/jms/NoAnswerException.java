package dev.sluice.jms;

import java.time.Duration;

/** No answer to a request that was dispatched has come for so long that it is sent again. */
public final class NoAnswerException extends Exception {

    NoAnswerException(Duration waited) {
        super("no answer has come from the queue for %d s; the request is sent again".formatted(waited.toSeconds()));
    }
}
