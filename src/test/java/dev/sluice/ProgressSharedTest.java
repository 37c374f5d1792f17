package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.admit.EmbeddedRedis;
import dev.sluice.progress.ProgressSource;
import dev.sluice.progress.ProgressSource.Done;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ProgressSharedTest {
    @TempDir
    Path data;

    private final EmbeddedRedis redis = EmbeddedRedis.start(Node.REDIS, reason -> {
                throw new IllegalStateException(reason);
            })
            .orElseThrow();
    private final List<Node> nodes = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        for (Node node : nodes) {
            node.close();
        }
        redis.close();
    }

    @Test
    void whatAllNodesHaveDoneIsKnownToWhoeverAsks() throws Exception {
        Node one = start("one", Map.of("folder.shared", "letters"));
        Node two = start("two", Map.of("folder.shared", "letters"));
        one.drop("a.txt", "hello");
        one.drop("b.json", "not JSON");
        two.drop("c.txt", "hello");

        await().untilAsserted(() -> assertThat(shown("--json"))
                .contains("\"job\":\"folder letters\",\"answered\":2,\"failed\":1,\"total\":null"));
        assertThat(shown()).containsPattern("2 +1 +- +\\ds  folder letters  by \\S+=\\d \\S+=\\d");
    }

    @Test
    void nothingIsLostWhenManySayAtOnceWhatTheyHaveDone() throws Exception {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            AtomicLong answered = new AtomicLong();
            Node node = start("node" + i, Map.of("intakes", ""));
            ProgressBeans.source(node.camel(), "test", () -> List.of(Done.here("queue q", answered.get(), 0)));
            all.add(CompletableFuture.runAsync(() -> {
                while (answered.incrementAndGet() < 100) {
                    ProgressBeans.tell(node.camel());
                }
            }));
        }
        all.forEach(CompletableFuture::join);

        await().untilAsserted(() -> assertThat(shown("--json")).contains("\"job\":\"queue q\",\"answered\":400,"));
    }

    @Test
    void aBatchIsShownUntilItHasEnded() throws Exception {
        Node node = start("node", Map.of("intakes", ""));
        List<Done> done = new ArrayList<>(List.of(Done.byAll("batch b", 10, false, 9, 0)));
        ProgressSource source = () -> List.copyOf(done);
        ProgressBeans.source(node.camel(), "test", source);

        await().untilAsserted(() -> assertThat(shown()).containsPattern("9 +0 +10 +\\ds  batch b\n"));
        done.set(0, Done.byAll("batch b", 10, true, 10, 0));
        await().untilAsserted(() -> assertThat(shown()).contains("nothing yet"));
    }

    @Test
    void whatRedisHasForgottenIsToldAgain() throws Exception {
        Node node = start("node", Map.of("folder.shared", "letters"));
        node.drop("a.txt", "hello");
        await().untilAsserted(() -> assertThat(shown("--json")).contains("\"answered\":1,"));
        new ProcessBuilder("kill", "-KILL", Long.toString(redis.pid())).start().waitFor(); // it comes back, empty
        node.drop("b.txt", "hello");

        await().until(() ->
                run(redis.url(), "--json") == 0 && printed.toString().contains("\"answered\":2,"));
    }

    @Test
    void saysWhyItCannotBeShown() throws Exception {
        assertThat(run("")).isEqualTo(2);
        assertThat(printed.toString()).contains("redis.url", "the Redis that the nodes share");
        printed.getBuffer().setLength(0);
        assertThat(run("redis://127.0.0.1:1")).isEqualTo(1);
        assertThat(printed.toString()).contains("redis.url cannot be reached");
    }

    private Node start(String name, Map<String, String> settings) throws Exception {
        Map<String, String> all = new HashMap<>(settings);
        all.put("redis.url", redis.url());
        all.put("progress.every-ms", "100");
        Node node = Node.start(data.resolve(name), all);
        nodes.add(node);
        return node;
    }

    private final StringWriter printed = new StringWriter();

    private String shown(String... options) throws Exception {
        printed.getBuffer().setLength(0);
        assertThat(run(redis.url(), options)).isZero();
        return printed.toString();
    }

    private int run(String redisUrl, String... options) throws Exception {
        Path config = Files.createDirectories(data.resolve("config"));
        Files.writeString(config.resolve("application.properties"), "redis.url=" + redisUrl);
        List<String> command = new ArrayList<>(List.of("progress", "--config", config.toString()));
        command.addAll(List.of(options));
        CommandLine sluice = Sluice.commandLine(Path.of("").toAbsolutePath());
        sluice.setOut(new PrintWriter(printed, true)).setErr(new PrintWriter(printed, true));
        return sluice.execute(command.toArray(String[]::new));
    }
}
