package dev.sluice.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.call.ErrorBody;
import dev.sluice.intake.Diagnosis;
import dev.sluice.intake.Secrets;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The upstream: the way to it, its key, a call of one token, its clock. What needs an earlier check is left out when that fails. */
public final class UpstreamChecks {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration SKEW = Duration.ofSeconds(5);

    private final URI url;
    private final String key;
    private final String model;
    private final Duration connectTimeout;
    private final Duration answerTimeout;
    private final HttpClient client;
    private Optional<Instant> theirs = Optional.empty();
    private Instant ours = Instant.EPOCH;

    /**
     * @param url base URL, ending in {@code /v1}
     * @param key empty for none
     * @param model asked for one token
     */
    public UpstreamChecks(URI url, String key, String model, Duration connectTimeout, Duration answerTimeout) {
        this.url = url;
        this.key = key;
        this.model = model;
        this.connectTimeout = connectTimeout;
        this.answerTimeout = answerTimeout;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(connectTimeout)
                .build();
    }

    /** @param withCall whether a call is made, which costs a token or two */
    public List<Finding> run(boolean withCall) throws InterruptedException {
        Way way = Way.to(url, connectTimeout);
        List<Finding> findings = new ArrayList<>(List.of(way.dns()));
        if (well(findings)) {
            findings.add(way.connect());
        }
        if (well(findings)) {
            findings.add(way.tls());
        }
        if (well(findings)) {
            findings.add(key());
            findings.add(
                    !well(findings)
                            ? Finding.skip("call", "the key is refused")
                            : withCall ? call() : Finding.skip("call", "not wanted"));
            findings.add(clock());
        }
        return findings;
    }

    private static boolean well(List<Finding> findings) {
        return findings.get(findings.size() - 1).state() != Finding.State.FAIL;
    }

    private Finding key() throws InterruptedException {
        try {
            HttpResponse<String> models = send(request("/models").GET());
            int status = models.statusCode();
            String said = key.isEmpty() ? "no key is set, and " : "";
            return switch (status) {
                case 200 -> Finding.ok("key", said + "the upstream lists its models");
                case 401, 403 ->
                    Finding.fail(
                            "key",
                            said + refusal(models),
                            Diagnosis.of("", status).nextStep());
                default ->
                    Finding.warn("key", said + "GET /models: " + refusal(models), "the call says whether it matters");
            };
        } catch (IOException e) {
            return Finding.fail(
                    "key",
                    "GET /models: " + e,
                    "run bin/sluice doctor again; if it stays so, look for a proxy that ends connections");
        }
    }

    private Finding call() throws InterruptedException {
        long begun = System.nanoTime();
        try {
            HttpResponse<String> answer = ask("max_tokens");
            if (answer.statusCode() == 400) { // some models know it by its new name only
                answer = ask("max_completion_tokens");
            }
            if (answer.statusCode() != 200) {
                ErrorBody error = error(answer);
                String code = error.code().isEmpty() ? error.type() : error.code();
                return Finding.fail(
                        "call",
                        refusal(answer),
                        Diagnosis.of(code, answer.statusCode()).nextStep());
            }
            return JSON.readTree(answer.body()).path("choices").isEmpty()
                    ? Finding.fail(
                            "call",
                            "200, but no choices in it",
                            "set upstream.url to a chat-completions API; it ends in /v1")
                    : Finding.ok("call", "%s answered in %d ms".formatted(model, Way.millisSince(begun)));
        } catch (JsonProcessingException e) {
            return Finding.fail(
                    "call", "200, but not JSON", "set upstream.url to a chat-completions API; it ends in /v1");
        } catch (IOException e) {
            return Finding.fail("call", String.valueOf(e), Diagnosis.FIRST_BYTE_TIMEOUT.nextStep());
        }
    }

    private Finding clock() {
        if (theirs.isEmpty()) {
            return Finding.skip("clock", "the upstream does not tell its time");
        }
        return skew("clock", "the upstream's", ours, theirs.get());
    }

    /** Compares clocks; the sender's has whole seconds. */
    static Finding skew(String check, String whose, Instant ours, Instant theirs) {
        Duration skew = Duration.between(theirs, ours);
        String found = "%d ms away from %s".formatted(skew.toMillis(), whose);
        return skew.abs().compareTo(SKEW) > 0
                ? Finding.warn(
                        check, found, "set this machine's clock by NTP: deadlines and Retry-After dates are told by it")
                : Finding.ok(check, found);
    }

    private HttpResponse<String> ask(String limit) throws IOException, InterruptedException {
        JsonNode body = JSON.createObjectNode()
                .put("model", model)
                .put(limit, 1)
                .set(
                        "messages",
                        JSON.createArrayNode()
                                .add(JSON.createObjectNode().put("role", "user").put("content", "ping")));
        return send(request("/chat/completions")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + path)).timeout(answerTimeout);
        return key.isEmpty() ? request : request.header("Authorization", "Bearer " + key);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        ours = Instant.now();
        theirs = response.headers().firstValue("date").flatMap(UpstreamChecks::instant);
        return response;
    }

    private static Optional<Instant> instant(String date) {
        try {
            return Optional.of(ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant()
                    .plusMillis(500));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private String refusal(HttpResponse<String> response) {
        String said = error(response).message();
        return new Secrets(key)
                .redact("status %d%s".formatted(response.statusCode(), said.isEmpty() ? "" : ": " + said));
    }

    private static ErrorBody error(HttpResponse<String> response) {
        try {
            return ErrorBody.ofError(JSON.readTree(response.body()));
        } catch (JsonProcessingException e) {
            return new ErrorBody("", "", "");
        }
    }
}
