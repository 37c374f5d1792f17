package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What the tests of {@code bin/sluice batch} share: a folder, an upstream over a socket, lines. */
abstract class BatchCase {
    static final Duration SOON = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    Sandbox sandbox;

    @BeforeEach
    void startTheUpstream() {
        sandbox = sandbox(5);
    }

    @AfterEach
    void stopTheUpstream() {
        sandbox.close();
    }

    Path write(String... lines) throws IOException {
        return Files.writeString(folder.resolve("in.jsonl"), String.join("\n", lines) + "\n");
    }

    Map<String, JsonNode> byId(String file) throws IOException {
        Map<String, JsonNode> lines = new HashMap<>();
        for (JsonNode line : lines(file)) {
            assertThat(lines.put(line.get("custom_id").asText(), line))
                    .as("earlier line with the same id")
                    .isNull();
        }
        return lines;
    }

    List<JsonNode> lines(String file) throws IOException {
        return Files.readAllLines(folder.resolve(file)).stream()
                .map(BatchCase::parse)
                .collect(Collectors.toList());
    }

    static String summary(JsonNode line) {
        String id =
                line.get("custom_id").isNull() ? "null" : line.get("custom_id").textValue();
        return line.get("error").isNull()
                ? "%s response %d %s"
                        .formatted(
                                id,
                                line.at("/response/status_code").asInt(),
                                line.at("/response/body/error/code").asText())
                : "%s error %s line %d"
                        .formatted(
                                id,
                                line.at("/error/code").asText(),
                                line.at("/error/line").asInt());
    }

    static String text(JsonNode line) {
        return line.at("/response/body/choices/0/message/content").asText();
    }

    static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new AssertionError("not a whole line of JSON: " + line, e);
        }
    }

    static String chat(String id, String model, String content) {
        return ("{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\","
                        + "\"body\":{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}}")
                .formatted(id, model, content);
    }

    static Sandbox sandbox(int latencyMs) {
        return Sandbox.start(SandboxConfig.defaults()
                .withLatency(Duration.ofMillis(latencyMs))
                .withRecord(true));
    }
}
