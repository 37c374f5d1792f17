package dev.sluice.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When messages are taken, by a clock that the test moves. */
class FolderWatchTest {
    @TempDir
    Path data;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private Instant now = Instant.EPOCH;
    private FolderWatch watch;
    private FolderMessage message;

    @BeforeEach
    void dropOneMessage() throws IOException {
        Path inbox = Files.createDirectories(data.resolve("inbox"));
        message = FolderMessage.take(inbox, Files.writeString(inbox.resolve("a.txt"), "question"), now);
        watch = watch();
    }

    @AfterEach
    void stop() {
        watch.stop();
    }

    @Test
    void looksAgainLessAndLessOftenWhileItHasToPauseAtOnce() {
        assertThat(takes()).isTrue();
        for (int seconds : new int[] {5, 10, 20, 40, 60, 60}) {
            pause();
            now = now.plusSeconds(seconds).minusMillis(1);
            assertThat(takes()).as("before %s s", seconds).isFalse();
            now = now.plusMillis(1);
            assertThat(takes()).as("after %s s", seconds).isTrue();
        }
    }

    @Test
    void looksAgainSoonOnceAMessageHasEnded() throws IOException {
        assertThat(takes()).isTrue();
        pause();
        now = now.plusSeconds(5);
        assertThat(takes()).isTrue();
        watch.taken();
        watch.ended(message, Outcome.ANSWERED, stage(watch).commit(message, data.resolve("done/a.txt")), "");
        pause();
        now = now.plusSeconds(5);

        assertThat(takes()).isTrue();
    }

    @Test
    void countsWhatItCarriesOut() throws IOException {
        Files.writeString(data.resolve("done"), "in the way");
        FolderWatch before = watch();
        try {
            stage(before).commit(message, data.resolve("done/a.txt"));
        } catch (IOException e) {
            Files.delete(data.resolve("done"));
        }

        assertThat(takes()).isTrue();

        assertThat(data.resolve("outbox/a.txt.json")).hasContent("answer");
        assertThat(meters.counter("sluice.messages", "outcome", "answered").count())
                .isEqualTo(1);
    }

    private FolderWatch watch() {
        FolderSettings folder = new FolderSettings(
                data.resolve("inbox"),
                data.resolve("outbox"),
                data.resolve("failed"),
                data.resolve("done"),
                FolderSettings.Answer.JSON,
                1000,
                Duration.ZERO);
        InstantSource time = () -> now;
        Clock clock = time.withZone(ZoneOffset.UTC);
        return new FolderWatch(folder, Sharing.ALONE, new Tally(meters, clock, ""), clock);
    }

    private Staging.Staged stage(FolderWatch by) throws IOException {
        return by.staging(Outcome.ANSWERED)
                .stage("1", "answer".getBytes(StandardCharsets.UTF_8), data.resolve("outbox/a.txt.json"));
    }

    private void pause() {
        watch.taken();
        watch.pause(message, 1000, new IOException("No space left on device"));
    }

    @SuppressWarnings("NullAway") // neither is looked at
    private boolean takes() {
        Consumer consumer = null;
        Endpoint endpoint = null;
        return watch.begin(consumer, endpoint);
    }
}
