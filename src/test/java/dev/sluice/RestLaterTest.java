package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.admit.EmbeddedRedis;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is answered later, and what is answered once. */
class RestLaterTest extends FrontTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void whoPrefersNotToWaitGetsTheAnswerLater() throws Exception {
        HttpResponse<String> accepted = later(RestTest.chat("sandbox-echo", "later"));

        assertThat(accepted.statusCode()).isEqualTo(202);
        assertThat(accepted.headers().firstValue("preference-applied")).hasValue("respond-async");
        HttpResponse<String> answer = answer(place(accepted));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(answer.body()).at("/choices/0/message/content").asText())
                .isEqualTo("later");
        assertThat(front.get(place(accepted)).body()).isEqualTo(answer.body());
    }

    @Test
    void anErrorIsAnAnswerToo() throws Exception {
        assertThat(answer(place(later(RestTest.chat("sandbox-400", "x")))).statusCode())
                .isEqualTo(400);
        assertThat(answer(place(later("{\"model\":\"m\"}"))).statusCode()).isEqualTo(400);
    }

    @Test
    void isStillAnsweredAfterARestart() throws Exception {
        front.sandbox().configure(FrontNode.QUICK.withLatency(Duration.ofSeconds(60)));
        String place = place(later(RestTest.chat("sandbox-echo", "before the restart")));
        await().atMost(FrontNode.LONG).until(() -> front.sandbox().stats().inFlight() == 1);
        assertThat(front.get(place).statusCode()).isEqualTo(202);

        front.stop();
        front.sandbox().configure(FrontNode.QUICK);
        front.startAgain();

        assertThat(answer(place).body()).contains("before the restart");
    }

    @Test
    void leavesPlacesToThoseWhoWait(@TempDir Path data) throws Exception {
        try (FrontNode narrow =
                new FrontNode(data, Map.of("throttle.max-concurrent", "2", "camel.main.shutdown-timeout", "1"))) {
            narrow.sandbox().configure(FrontNode.QUICK.withLatency(Duration.ofSeconds(60)));
            for (int i = 0; i < 5; i++) {
                HttpResponse<String> accepted =
                        narrow.post(CHAT, RestTest.chat("sandbox-echo", "later"), "Prefer", "respond-async");
                assertThat(accepted.statusCode()).isEqualTo(202);
            }
            await().atMost(FrontNode.LONG).until(() -> narrow.sandbox().stats().inFlight() == 1);

            narrow.sandbox().configure(FrontNode.QUICK);

            assertThat(narrow.post(CHAT, RestTest.chat("sandbox-echo", "now")).statusCode())
                    .isEqualTo(200);
            assertThat(narrow.sandbox().stats().inFlight()).isEqualTo(1);
        }
    }

    @Test
    void noMoreAreKeptThanMayWait(@TempDir Path data) throws Exception {
        try (FrontNode narrow =
                new FrontNode(data, Map.of("rest.async-max-pending", "1", "camel.main.shutdown-timeout", "1"))) {
            narrow.sandbox().configure(FrontNode.QUICK.withLatency(Duration.ofSeconds(60)));
            String body = RestTest.chat("sandbox-echo", "later");
            assertThat(narrow.post(CHAT, body, "Prefer", "respond-async").statusCode())
                    .isEqualTo(202);

            HttpResponse<String> refused = narrow.post(CHAT, body, "Prefer", "respond-async");

            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("retry-after")).isPresent();
            assertThat(JSON.readTree(refused.body()).at("/error/code").asText()).isEqualTo("too_many_pending");
        }
    }

    @Test
    void canBeCalledOff() throws Exception {
        front.sandbox().configure(FrontNode.QUICK.withLatency(Duration.ofSeconds(60)));
        String place = place(later(RestTest.chat("sandbox-echo", "called off")));
        await().atMost(FrontNode.LONG).until(() -> front.sandbox().stats().inFlight() == 1);

        assertThat(front.send("DELETE", place).statusCode()).isEqualTo(204);

        await().atMost(FrontNode.LONG).until(() -> front.sandbox().stats().inFlight() == 0);
        assertThat(front.get(place).statusCode()).isEqualTo(404);
        assertThat(front.send("DELETE", place).statusCode()).isEqualTo(404);
        assertThat(front.get("/requests/..%2f..%2fetc%2fpasswd").statusCode()).isEqualTo(404);
    }

    @Test
    void theSameKeyAndBodyGetTheSameAnswerWithoutAnotherCall() throws Exception {
        String body = RestTest.chat("gpt-4o-mini", "once");
        HttpResponse<String> first = front.post(CHAT, body, "Idempotency-Key", "k-1");
        HttpResponse<String> again = front.post(CHAT, body, "Idempotency-Key", "k-1");
        HttpResponse<String> other = front.post(CHAT, body, "Idempotency-Key", "k-2");

        assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.headers().firstValue("idempotent-replayed")).hasValue("true");
        assertThat(other.body()).isNotEqualTo(first.body());
        assertThat(front.sandbox().calls().stream().filter(call -> call.prompt().equals("once")))
                .hasSize(2);
    }

    @Test
    void anAnswerUnderAKeySurvivesARestart() throws Exception {
        String body = RestTest.chat("gpt-4o-mini", "once and for all");
        HttpResponse<String> first = front.post(CHAT, body, "Idempotency-Key", "k-7");

        front.stop();
        front.startAgain();

        HttpResponse<String> again = front.post(CHAT, body, "Idempotency-Key", "k-7");
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.headers().firstValue("idempotent-replayed")).hasValue("true");
        assertThat(front.post(CHAT, RestTest.chat("gpt-4o-mini", "another"), "Idempotency-Key", "k-7")
                        .statusCode())
                .isEqualTo(422);
    }

    @Test
    void anotherBodyUnderAKeyIsRefused() throws Exception {
        front.post(CHAT, RestTest.chat("gpt-4o-mini", "one"), "Idempotency-Key", "k-3");
        HttpResponse<String> other = front.post(CHAT, RestTest.chat("gpt-4o-mini", "two"), "Idempotency-Key", "k-3");

        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(JSON.readTree(other.body()).at("/error/code").asText()).isEqualTo("idempotency_key_reused");
    }

    @Test
    void aKeyIsInUseUntilItsFirstRequestIsAnsweredAndFreeIfThatFailed() throws Exception {
        front.sandbox().configure(FrontNode.QUICK.withLatency(Duration.ofSeconds(3)));
        String body = RestTest.chat("gpt-4o-mini", "slow");
        CompletableFuture<HttpResponse<String>> first = CompletableFuture.supplyAsync(() -> keyed(body, "k-4"));
        await().atMost(FrontNode.LONG).until(() -> front.sandbox().stats().inFlight() == 1);
        HttpResponse<String> meanwhile = keyed(body, "k-4");
        assertThat(meanwhile.statusCode()).isEqualTo(409);
        assertThat(meanwhile.headers().firstValue("retry-after")).hasValue("1");
        assertThat(first.join().statusCode()).isEqualTo(200);

        front.sandbox().configure(FrontNode.QUICK.withFaults("500:1"));
        assertThat(keyed(body, "k-5").statusCode()).isEqualTo(502);
        front.sandbox().configure(FrontNode.QUICK);
        assertThat(keyed(body, "k-5").statusCode()).isEqualTo(200);
    }

    @Test
    void aStreamIsAnsweredAgainAsAStream() throws Exception {
        String body = RestTest.chat("sandbox-echo", "once more").replaceFirst("\\{", "{\"stream\":true,");
        front.post(CHAT, body, "Idempotency-Key", "k-6");
        HttpResponse<String> again = front.post(CHAT, body, "Idempotency-Key", "k-6");

        List<String> events = RestStreamTest.data(again.body());
        assertThat(events).last().isEqualTo("[DONE]");
        assertThat(JSON.readTree(events.get(0)).at("/choices/0/delta/content").asText())
                .isEqualTo("once more");
    }

    @Test
    void anAnswerUnderAKeyIsKnownToAllNodesOfARedis(@TempDir Path data) throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start(Node.REDIS, reason -> {
                            throw new IllegalStateException(reason);
                        })
                        .orElseThrow();
                FrontNode one = new FrontNode(data.resolve("one"), Map.of("redis.url", redis.url()));
                FrontNode other = new FrontNode(data.resolve("other"), Map.of("redis.url", redis.url()))) {
            String body = RestTest.chat("gpt-4o-mini", "once for all nodes");
            HttpResponse<String> first = one.post(CHAT, body, "Idempotency-Key", "k-9");
            HttpResponse<String> again = other.post(CHAT, body, "Idempotency-Key", "k-9");

            assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
            assertThat(again.body()).isEqualTo(first.body());
            assertThat(again.headers().firstValue("idempotent-replayed")).hasValue("true");
            assertThat(other.sandbox().stats().accepted()).isZero();
        }
    }

    @Test
    void anAnswerThatCannotBeReadAgainIsAnErrorAndTakesNoPlaceForEver(@TempDir Path data) throws Exception {
        try (FrontNode narrow = new FrontNode(data, Map.of("throttle.max-concurrent", "1"))) {
            String body = RestTest.chat("sandbox-echo", "spoilt").replaceFirst("\\{", "{\"stream\":true,");
            narrow.post(CHAT, body, "Idempotency-Key", "k-8");
            Path kept = Tree.files(data.resolve("idempotency")).get(0);
            Files.writeString(kept, Files.readString(kept).replaceFirst("(?s)\ns.*", "\ns{"));

            assertThat(narrow.post(CHAT, body, "Idempotency-Key", "k-8").statusCode())
                    .isEqualTo(500);
            assertThat(narrow.post(CHAT, RestTest.chat("sandbox-echo", "next")).statusCode())
                    .isEqualTo(200);
        }
    }

    private static HttpResponse<String> keyed(String body, String key) {
        try {
            return front.post(CHAT, body, "Idempotency-Key", key);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static HttpResponse<String> later(String body) throws Exception {
        return front.post(CHAT, body, "Prefer", "respond-async");
    }

    private static String place(HttpResponse<String> accepted) {
        return accepted.headers().firstValue("location").orElseThrow().replaceFirst("^/v1", "");
    }

    private static HttpResponse<String> answer(String place) {
        return await().atMost(FrontNode.LONG)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> front.get(place), answer -> answer.statusCode() != 202);
    }
}
