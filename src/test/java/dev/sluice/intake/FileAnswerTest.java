package dev.sluice.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an answer file holds with {@code folder.answer=text}. */
class FileAnswerTest {
    @TempDir
    Path data;

    @Test
    void theTextOfTheFirstChoice() throws Exception {
        FolderMessage.Ending ending = answer("{\"content\":\"Grüße\",\"tool_calls\":null}");

        assertThat(ending.content()).asString(StandardCharsets.UTF_8).isEqualTo("Grüße\n");
        assertThat(ending.output()).isEqualTo(data.resolve("outbox/a.txt.txt"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"content\":null,\"tool_calls\":[{\"id\":\"1\"}]}",
                "{\"content\":\"Let me see.\",\"tool_calls\":[{\"id\":\"1\"}]}",
                "{\"content\":null,\"refusal\":\"no\"}",
                "{\"content\":\"\",\"refusal\":\"no\"}",
                "{\"content\":[{\"type\":\"text\",\"text\":\"part\"}]}"
            })
    void theWholeCompletionIfThereIsMoreToItThanAText(String message) throws Exception {
        FolderMessage.Ending ending = answer(message);

        assertThat(ending.content()).asString(StandardCharsets.UTF_8).contains(message);
        assertThat(ending.output()).isEqualTo(data.resolve("outbox/a.txt.json"));
    }

    private FolderMessage.Ending answer(String message) throws Exception {
        Path file =
                Files.writeString(Files.createDirectories(data.resolve("inbox")).resolve("a.txt"), "question");
        FolderSettings folder = new FolderSettings(
                data.resolve("inbox"),
                data.resolve("outbox"),
                data.resolve("failed"),
                data.resolve("done"),
                FolderSettings.Answer.TEXT,
                1000,
                Duration.ZERO);
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            Exchange exchange = new DefaultExchange(camel);
            FolderMessage taken = FolderMessage.take(folder.inbox(), file, Instant.EPOCH);
            taken.on(exchange);
            exchange.getMessage()
                    .setBody("{\"choices\":[{\"message\":%s}]}"
                            .formatted(message)
                            .getBytes(StandardCharsets.UTF_8));
            new FileAnswer(folder).process(exchange);
            return Objects.requireNonNull(taken.ending());
        }
    }
}
