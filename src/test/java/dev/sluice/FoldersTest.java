package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.admit.WaitTimer;
import dev.sluice.intake.FolderSettings;
import dev.sluice.intake.Sharing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which settings let nodes share an inbox. */
class FoldersTest {
    @TempDir
    Path data;

    private final List<WaitTimer> timers = new ArrayList<>();

    @AfterEach
    void stop() {
        timers.forEach(WaitTimer::shutdownNow);
    }

    @Test
    void aLeaseOutlivesTheTimeUntilOthersLookAtWhatADeadNodeLeft() {
        assertThat(sharing("10000")).isNotSameAs(Sharing.ALONE);
        assertThatThrownBy(() -> sharing("9999"))
                .isInstanceOf(Settings.ConfigurationException.class)
                .hasMessageContaining("folder.lease-ms")
                .hasMessageContaining("9999")
                .hasMessageContaining("10000");
    }

    private Sharing sharing(String leaseMs) {
        FolderSettings folder = new FolderSettings(
                data.resolve("inbox"),
                data.resolve("outbox"),
                data.resolve("failed"),
                data.resolve("done"),
                FolderSettings.Answer.JSON,
                1000,
                Duration.ZERO);
        Map<String, String> settings = Map.of(
                "intakes", "folder",
                "folder.shared", "inbox",
                "folder.pieces", "false",
                "dispatch", "direct",
                "redis.url", "redis://127.0.0.1:6379",
                "folder.lease-ms", leaseMs);
        return Folders.sharing(new Settings(settings::get), folder, Optional::empty, made -> {
            timers.add(made);
            return made;
        });
    }
}
