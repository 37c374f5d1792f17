package dev.sluice;

import static dev.sluice.RawUpstream.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.jms.Message;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** bin/sluice replay --source jms beside a Sluice that runs, and while none does; an embedded broker, its journal on disk. */
class JmsReplayTest {
    private static final String ANSWER = whole(
            "200 OK", "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"yes\"},\"finish_reason\":\"stop\"}]}");

    @TempDir
    Path data;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void sendsDeadLettersAgainWhetherSluiceRunsOrNot() throws Exception {
        int port = FreePort.of("jms", InetAddress.getLoopbackAddress().getHostAddress(), 0);
        try (RawUpstream upstream = new RawUpstream()) {
            Map<String, String> settings = Map.of(
                    "intakes",
                    "jms",
                    "upstream.url",
                    upstream.url(),
                    "retry.max",
                    "0",
                    "jms.port",
                    String.valueOf(port));
            try (Node node = Node.start(data, settings);
                    Queues queues = Queues.of(node)) {
                upstream.answers(whole("401 No", "{\"error\":{\"code\":\"invalid_api_key\"}}"));
                fail(queues, "key");
                fail(queues, "key too");
                upstream.answers(whole("400 No", "{\"error\":{\"code\":\"context_length_exceeded\"}}"));
                fail(queues, "long");
                upstream.answers(ANSWER);

                assertThat(replay(port, "--dry-run")).isZero();
                assertThat(out.toString()).contains("would be replayed: 3", "message=key too", "source=jms");
                assertThat(replay(port, "--source", "jms", "--since", "2999-01-01"))
                        .isZero();
                assertThat(replay(port, "--code", "nothing_of_that")).isZero();
                assertThat(queues.waiting(Queues.DEAD)).hasSize(3);

                assertThat(replay(port, "--source", "jms", "--code", "invalid_api_key"))
                        .isZero();
                assertThat(out.toString()).contains("\nreplayed: 2");
                for (String id : List.of("key", "key too")) {
                    Message answer = queues.take("answers.mine", id);
                    assertThat(answer.getStringProperty("order")).isEqualTo("o-1");
                    assertThat(answer.propertyExists("SluiceHistory")).isFalse();
                }
                upstream.answers(whole("400 No", "{\"error\":{\"code\":\"context_length_exceeded\"}}"));
                assertThat(replay(port, "--source", "jms")).isZero();
                await().until(() -> !queues.waiting(Queues.DEAD).isEmpty());
                Message again = queues.waiting(Queues.DEAD).get(0);
                assertThat(again.getStringProperty("SluiceHistory")).contains("context_length_exceeded 400");
                assertThat(again.getStringProperty("SluiceCode")).isEqualTo("context_length_exceeded");
                assertThat(again.getStringProperty("SluiceNextStep")).contains("shorten the prompt");
                assertThat(again.getStringProperty("SluiceCauses")).contains("a long document");
                assertThat(Queues.text(again)).isEqualTo("question long");
            }
            upstream.answers(ANSWER);
            assertThat(replay(port, "--source", "jms")).isZero();
            assertThat(out.toString()).endsWith("replayed: 1\n");
            assertThat(replay(port, "--source", "jms")).isZero();
            assertThat(out.toString()).endsWith("replayed: 0\n");
            try (Node node = Node.start(data, settings);
                    Queues queues = Queues.of(node)) {
                assertThat(queues.take("answers.mine", "long")).isNotNull();
                assertThat(queues.waiting(Queues.DEAD)).isEmpty();
            }
        }
        assertThat(err.toString()).isEmpty();
    }

    private static void fail(Queues queues, String id) throws Exception {
        int before = queues.waiting(Queues.DEAD).size();
        queues.send("question " + id, message -> {
            message.setJMSCorrelationID(id);
            message.setStringProperty("order", "o-1");
            message.setJMSReplyTo(queues.context().createQueue("answers.mine"));
        });
        await().until(() -> queues.waiting(Queues.DEAD).size() > before);
    }

    private int replay(int port, String... options) throws Exception {
        Path config = Files.createDirectories(data.resolve("config"));
        Files.writeString(
                config.resolve("application.properties"),
                "intakes=jms%njms.port=%d%njms.folder=%s%nfolder.failed=%s%n"
                        .formatted(port, data.resolve("broker"), data.resolve("failed")));
        List<String> arguments = new ArrayList<>(List.of("replay", "--config", config.toString()));
        arguments.addAll(Arrays.asList(options));
        return Sluice.commandLine(Path.of("").toAbsolutePath())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments.toArray(String[]::new));
    }
}
