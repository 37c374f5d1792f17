package dev.sluice.front;

import dev.sluice.intake.Request;
import java.io.IOException;

/** The way back to a client; ends with one answer or one failure, whatever comes after that is dropped. Thread-safe. */
interface Reply {

    /**
     * A piece of a streamed answer, as soon as it is there. Waits while the client takes in no more.
     *
     * @param chunk JSON
     * @throws IOException if the client has gone
     */
    void piece(Request request, String chunk) throws IOException;

    /**
     * The answer, which is the end of a stream if pieces were sent.
     *
     * @param body the whole answer as JSON
     */
    void answer(Request request, byte[] body);

    void failure(FrontError error);
}
