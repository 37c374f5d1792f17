package dev.sluice.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.admit.WaitTimer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an earlier run has left. */
class BackgroundTest {
    private static final Duration RETENTION = Duration.ofHours(1);

    @TempDir
    Path folder;

    private final WaitTimer timer = new WaitTimer("minutes");
    private final List<String> sent = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void whatIsTooOldIsForgottenAndTheRestIsSentOnce() throws Exception {
        RequestStore store = new RequestStore(folder, RETENTION, Clock.systemUTC());
        for (String id : List.of("old-1", "young", "old-2")) {
            store.accept(new StoredRequest(
                    id, "/v1/chat/completions", "anybody", "", null, Instant.now(), new byte[] {'{', '}'}));
        }
        FileTime before = FileTime.from(Instant.now().minus(RETENTION.multipliedBy(2)));
        for (Path file : StoredFile.list(folder)) {
            if (file.getFileName().toString().startsWith("old")) {
                Files.setLastModifiedTime(file, before);
            }
        }
        Background background = new Background(
                store,
                new Background.Bounds(10, 10, new BodyMemory(1000)),
                (call, body, afterwards) -> sent.add(call.id()),
                timer,
                Clock.systemUTC());

        background.start();

        assertThat(background.pending()).isOne();
        await().atMost(Duration.ofMinutes(1)).until(() -> !sent.isEmpty());
        assertThat(sent).containsExactly("young");
        assertThat(StoredFile.list(folder)).hasSize(1);
    }
}
