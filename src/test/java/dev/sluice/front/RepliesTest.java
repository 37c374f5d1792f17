package dev.sluice.front;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.admit.WaitTimer;
import dev.sluice.intake.Cancellation;
import java.time.Duration;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** For how long one can come back for an answer over a WebSocket. */
class RepliesTest {
    private final WaitTimer timer = new WaitTimer("minutes");
    private final Replies replies = new Replies(timer);
    private final Cancellation cancellation = new Cancellation();
    private final SocketReply reply = new SocketReply("a", "request-1", "anybody", cancellation, null, replies);

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void eachBreakBeginsAMinuteOfItsOwn() {
        replies.add(reply);
        replies.leaves(reply);
        replies.stays(reply);
        assertThat(timer.getQueue()).as("while its client is there").isEmpty();

        replies.leaves(reply);
        replies.leaves(reply);

        assertThat(timer.getQueue())
                .as("the last minute counts")
                .hasSize(1)
                .first()
                .satisfies(end ->
                        assertThat(((Delayed) end).getDelay(TimeUnit.SECONDS)).isBetween(50L, 60L));
        assertThat(cancellation.isCancelled()).isFalse();
    }

    @Test
    void whoIsNotBackInAMinuteIsGone() {
        replies.add(reply);
        replies.leaves(reply);
        assertThat(replies.find("request-1", Caller.ANYBODY)).isSameAs(reply);

        timer.hurry();

        Awaitility.await().atMost(Duration.ofMinutes(1)).until(cancellation::isCancelled);
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> replies.find("request-1", Caller.ANYBODY) == null);
    }

    @Test
    void nothingIsLeftOfAnAnswerThatBecameTooLargeToBeKeptButItsEnd() throws Exception {
        replies.add(reply);
        String chunk = '"' + "x".repeat(50_000) + '"';
        int said = 0;
        try {
            for (; said < 10; said++) {
                reply.piece(null, 1, said, chunk);
            }
        } catch (java.io.IOException e) {
            reply.failure(FrontError.wrong(499, "cancelled", "gone"));
        }

        assertThat(said).isLessThan(10);
        assertThat(reply.resume(null, 0)).isFalse();
        assertThat(reply.resume(null, said)).isFalse();
    }
}
