package dev.sluice.front;

import java.io.IOException;

/** The way back to a client; ends with one answer or one failure, whatever comes after that is dropped. Thread-safe. */
interface Reply {

    /**
     * A piece of a streamed answer, as soon as it is there. Waits while the client takes in no more.
     *
     * @param attempt the one that it is of, from 1
     * @param index its place in the attempt, from 0
     * @param chunk JSON
     * @throws IOException if the client has gone
     */
    void piece(Form form, int attempt, int index, String chunk) throws IOException;

    /**
     * The answer, which is the end of a stream if pieces were sent.
     *
     * @param body the whole answer as JSON
     */
    void answer(Form form, byte[] body);

    void failure(FrontError error);

    /** There will be an answer or a failure, perhaps later than the route has ended. */
    default void expect() {}

    /** What is said beside the answer, where there is a place for it. */
    default void header(String name, String value) {}
}
