package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class EmbeddedRedisTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    private final Path folder;

    EmbeddedRedisTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void startsAgainWhenItWasKilled() {
        try (EmbeddedRedis redis = TestRedis.start(folder)) {
            long first = redis.pid();
            ProcessHandle.of(first).orElseThrow().destroyForcibly();

            await().atMost(Duration.ofSeconds(30)).until(() -> redis.pid() != first && ping(redis.url()));
        }
    }

    @Test
    void answersUntilItIsClosed() {
        EmbeddedRedis redis = TestRedis.start(folder);
        assertThat(ping(redis.url())).isTrue();

        redis.close();

        assertThat(alive(redis.pid())).isFalse();
        assertThat(ping(redis.url())).isFalse();
    }

    @Test
    void closingTwiceIsHarmless() {
        EmbeddedRedis redis = TestRedis.start(folder);
        redis.close();
        redis.close();
    }

    @Test
    void stopsAServerThatIsFrozen() throws Exception {
        EmbeddedRedis redis = TestRedis.start(folder);
        new ProcessBuilder("kill", "-STOP", Long.toString(redis.pid())).start().waitFor();

        redis.close();

        assertThat(alive(redis.pid())).isFalse();
    }

    @Test
    void writesItsExecutableOnce() throws IOException {
        TestRedis.start(folder).close();
        Path executable = onlyFile();
        FileTime longAgo = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(executable, longAgo);

        TestRedis.start(folder).close();

        assertThat(Files.getLastModifiedTime(onlyFile())).isEqualTo(longAgo);
    }

    @Test
    void saysWhyItCannotStart() throws IOException {
        List<String> reasons = new ArrayList<>();
        Path file = Files.createFile(folder.resolve("a file"));

        assertThat(EmbeddedRedis.start(file, reasons::add)).isEmpty();
        assertThat(reasons).singleElement().asString().contains("a file");
    }

    @Test
    void saysWhatTheServerSaidWhenItEndsAtOnce() {
        List<String> reasons = new ArrayList<>();
        EmbeddedRedis first = TestRedis.start(folder);

        assertThat(EmbeddedRedis.start(folder, first.port(), reasons::add)).isEmpty();
        assertThat(reasons)
                .singleElement()
                .asString()
                .contains("redis-server did not start")
                .contains("ddress already in use");
        first.close();
    }

    @Test
    void endsWithItsJvmEvenIfThatIsKilled() throws Exception {
        Process jvm = EmbeddedRedisChild.start(folder);
        long redis = EmbeddedRedisChild.readPid(jvm);
        assertThat(alive(redis)).isTrue();

        jvm.destroyForcibly().waitFor();

        await().atMost(SOON).until(() -> !alive(redis));
    }

    @Test
    void outlivesCtrlCUntilItsJvmHasDrained() throws Exception {
        Process jvm = EmbeddedRedisChild.startInOwnGroup(folder);
        BufferedReader out = jvm.inputReader(StandardCharsets.UTF_8);
        long redis = Long.parseLong(out.readLine());

        new ProcessBuilder("kill", "-INT", "--", "-" + jvm.pid()).start().waitFor();

        assertThat(out.readLine()).isEqualTo("draining, redis answers: true");
        assertThat(jvm.waitFor(10, TimeUnit.SECONDS)).isTrue();
        await().atMost(SOON).until(() -> !alive(redis));
    }

    private Path onlyFile() throws IOException {
        try (var files = Files.list(folder)) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return all.get(0);
        }
    }

    static boolean ping(String url) {
        String[] address = url.substring("redis://".length()).split(":", -1);
        try (var socket = new Socket(address[0], Integer.parseInt(address[1]))) {
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII).equals("+PONG");
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean alive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }
}
