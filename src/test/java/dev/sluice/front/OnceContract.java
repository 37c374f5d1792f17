package dev.sluice.front;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What holds wherever answers are kept. */
abstract class OnceContract {
    private final String name = UUID.randomUUID().toString();
    final Once.Claim first = new Once.Claim(name, "body", "request-1");
    final Once.Claim second = new Once.Claim(name, "body", "request-2");

    abstract Once once();

    @Test
    void aNameIsTakenUntilItHasItsAnswer() throws Exception {
        assertThat(claimed(first)).isEmpty();
        assertThat(claimed(second)).hasValue(new Once.Known("body", null));

        done(once().keep(first, "the answer"));

        assertThat(claimed(second)).hasValue(new Once.Known("body", "the answer"));
    }

    @Test
    void aNameThatIsGivenBackIsFree() throws Exception {
        claimed(first);
        done(once().release(first));

        assertThat(claimed(second)).isEmpty();
    }

    @Test
    void whoComesTooLateGivesNobodyElsesNameBack() throws Exception {
        claimed(first);
        done(once().release(first));
        claimed(second);

        done(once().release(first));

        assertThat(claimed(first)).as("the claim").hasValue(new Once.Known("body", null));
        done(once().keep(second, "the answer"));
        done(once().release(first));
        assertThat(claimed(first)).as("the answer").hasValue(new Once.Known("body", "the answer"));
    }

    @Test
    void anAnswerMayBeLong() throws Exception {
        String answer = "x".repeat(21_000_000);
        claimed(first);

        done(once().keep(first, answer));

        assertThat(claimed(second).orElseThrow().answer().equals(answer)).isTrue();
    }

    Optional<Once.Known> claimed(Once.Claim claim) throws Exception {
        return done(once().claim(claim));
    }

    static <T> T done(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(1, TimeUnit.MINUTES);
    }
}
