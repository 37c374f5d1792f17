package dev.sluice.sandbox;

import static dev.sluice.sandbox.Caller.chat;
import static dev.sluice.sandbox.Caller.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SandboxStatsTest {
    private static final SandboxConfig RECORDING =
            SandboxConfig.defaults().withLatency(Duration.ZERO).withRecord(true);

    private final Sandbox sandbox = Sandbox.start(RECORDING);
    private final Caller caller = new Caller(sandbox);

    @AfterEach
    void stop() {
        sandbox.close();
    }

    @Test
    void countsEachCallOnceByWhatItCameTo() {
        caller.post(chat("any", "accepted"));
        caller.post(chat("sandbox-500", "failed"));
        caller.post("rejected");
        sandbox.configure(RECORDING.withTokensPerMinute(100));
        caller.post(chat("any", "refused").put("max_tokens", 200));

        Stats stats = sandbox.stats();
        assertThat(stats.accepted()).isOne();
        assertThat(stats.failed()).isOne();
        assertThat(stats.rejected()).isOne();
        assertThat(stats.refused()).isOne();
        assertThat(stats.aborted()).isZero();
        assertThat(stats.inFlight()).isZero();
        assertThat(stats.maxInFlight()).isOne();
        assertThat(stats.tokens()).isEqualTo((2 + 16) + (2 + 16));
        assertThat(stats.firstAccept()).isNotNull().isEqualTo(stats.lastAccept());
    }

    @Test
    void remembersEachCall() {
        caller.post(chat("gpt-4o-mini", "x".repeat(300)));
        caller.post(chat("sandbox-503", "second"));
        caller.post("rejected");

        List<Call> calls = sandbox.calls();
        assertThat(calls).extracting(Call::status).containsExactly(200, 503, 400);
        assertThat(calls).extracting(Call::model).containsExactly("gpt-4o-mini", "sandbox-503", "");
        assertThat(calls).extracting(Call::prompt).containsExactly("x".repeat(200), "second", "");
        assertThat(calls).extracting(Call::tokens).containsExactly(75L + 16, 2L + 16, 0L);
        assertThat(calls).extracting(Call::arrivedNanos).isSorted();
        assertThat(calls).noneMatch(Call::aborted);
    }

    @Test
    void remembersNothingUnlessToldTo() {
        sandbox.configure(RECORDING.withRecord(false));
        caller.post(chat("any", "x"));
        assertThat(sandbox.calls()).isEmpty();
        assertThat(sandbox.stats().accepted()).isOne();
        JsonNode stats = json(caller.send("GET", "/sandbox/stats"));
        assertThat(stats.has("distinct_prompts")).isFalse();
    }

    @Test
    void noticesAClientThatGoesAway() throws IOException {
        sandbox.configure(RECORDING.withLatency(Duration.ofMinutes(5)));
        try (Socket socket = caller.open(chat("any", "x"))) {
            Awaitility.await().until(() -> sandbox.stats().inFlight() == 1);
            socket.shutdownInput();
        }
        Awaitility.await().until(() -> sandbox.stats().inFlight() == 0);

        assertThat(sandbox.stats().aborted()).isOne();
        assertThat(sandbox.calls()).singleElement().satisfies(call -> {
            assertThat(call.aborted()).isTrue();
            assertThat(call.status()).isZero();
        });
    }

    @Test
    void noticesAClientThatLeavesInTheMiddleOfAStream() throws IOException {
        sandbox.configure(RECORDING.withChunkDelay(Duration.ofMillis(50)));
        try (Socket socket = caller.open(chat("any", "x").put("stream", true))) {
            Caller.readUntil(socket.getInputStream(), "Sandbox");
        }
        Awaitility.await().until(() -> sandbox.stats().aborted() == 1);
        assertThat(sandbox.calls()).extracting(Call::status).containsExactly(200);
    }

    @Test
    void doesNotTakeAClosedKeepAliveConnectionForAnAbort() throws IOException {
        try (Socket socket = caller.open(chat("any", "x"))) {
            Caller.readUntil(socket.getInputStream(), "total_tokens");
        }
        caller.post(chat("any", "after"));
        assertThat(sandbox.stats().aborted()).isZero();
    }

    @Test
    void servesTheCountersOverHttp() {
        for (String prompt : List.of("once", "twice", "twice", "thrice", "thrice", "thrice")) {
            caller.post(chat("any", prompt));
        }
        long now = System.currentTimeMillis();

        JsonNode stats = json(caller.send("GET", "/sandbox/stats"));
        assertThat(stats.path("accepted").asInt()).isEqualTo(6);
        assertThat(stats.path("max_in_flight").asInt()).isOne();
        assertThat(stats.path("in_flight").asInt(-1)).isZero();
        assertThat(stats.path("distinct_prompts").asInt()).isEqualTo(3);
        assertThat(stats.path("repeated_prompts").asInt()).isEqualTo(2);
        assertThat(stats.path("first_accept_ms").asLong())
                .isBetween(now - 60_000, stats.path("last_accept_ms").asLong());
    }

    @Test
    void forgetsEverythingOnReset() {
        sandbox.configure(RECORDING.withFaults("500:0.5"));
        List<Integer> before = statuses(20);
        HttpResponse<String> reset = caller.send("POST", "/sandbox/reset");

        assertThat(json(reset).path("accepted").asInt(-1)).isZero();
        assertThat(sandbox.calls()).isEmpty();
        assertThat(sandbox.stats().firstAccept()).isNull();
        assertThat(statuses(20)).as("the faults begin again").isEqualTo(before).contains(200, 500);
    }

    @Test
    void holdsFiveHundredCallsAtOnce() {
        sandbox.configure(RECORDING.withLatency(Duration.ofSeconds(1)));
        List<CompletableFuture<HttpResponse<String>>> calls = IntStream.range(0, 500)
                .mapToObj(i -> caller.postAsync(chat("any", "call " + i)))
                .toList();
        Awaitility.await().until(() -> sandbox.stats().accepted() == 500);
        assertThat(calls)
                .allSatisfy(call -> assertThat(call.join().statusCode()).isEqualTo(200));

        Stats stats = sandbox.stats();
        assertThat(stats.maxInFlight()).isGreaterThan(250);
        assertThat(stats.inFlight()).isZero();
        assertThat(stats.distinctPrompts()).isEqualTo(500);
        assertThat(stats.repeatedPrompts()).isZero();
    }

    private List<Integer> statuses(int calls) {
        return IntStream.range(0, calls)
                .mapToObj(i -> caller.post(chat("any", "call " + i)).statusCode())
                .toList();
    }
}
