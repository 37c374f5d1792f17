package dev.sluice.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParkedTest {
    private static final Instant NOW = Instant.parse("2026-11-23T08:00:00Z");

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(folder.resolve("ümlaut \n \"a\".txt"), "question");
    }

    @Test
    void holdsAFileUntilItsMoment() throws IOException {
        Parked parked = parked(NOW);
        parked.park(message(), NOW.plusSeconds(5));

        assertThat(parked.holds(file)).isTrue();
        assertThat(parked.count()).isOne();
        assertThat(parked.holds(folder.resolve("other.txt"))).isFalse();
    }

    @Test
    void countsNothingThatItsSenderTookBackLongAgo() throws IOException {
        Instant[] now = {NOW};
        InstantSource clock = () -> now[0];
        Parked parked = new Parked(folder.resolve(".sluice/parked"), clock.withZone(ZoneOffset.UTC));
        parked.park(message(), NOW.plusSeconds(5));
        Files.delete(file);
        assertThat(parked.count()).isOne();

        now[0] = NOW.plusSeconds(5);
        assertThat(parked.count()).isZero();
    }

    @Test
    void outlivesTheProcess() throws IOException {
        parked(NOW).park(message(), NOW.plusSeconds(3600));

        assertThat(parked(NOW.plusSeconds(3599)).holds(file)).isTrue();
        assertThat(parked(NOW.plusSeconds(3600)).holds(file)).isFalse();
    }

    @Test
    void theLastMomentCounts() throws IOException {
        Parked first = parked(NOW);
        first.park(message(), NOW.plusSeconds(20));
        first.park(message(), NOW.plusSeconds(60));

        assertThat(parked(NOW.plusSeconds(59)).holds(file)).isTrue();
    }

    @Test
    void aFileThatIsChangedIsANewMessage() throws IOException {
        Parked parked = parked(NOW);
        parked.park(message(), NOW.plusSeconds(60));

        Files.writeString(file, "another question");

        assertThat(parked.holds(file)).isFalse();
        assertThat(parked.count()).isZero();
    }

    @Test
    void aTornLineHidesNoOther() throws IOException {
        parked(NOW).park(message(), NOW.plusSeconds(60));
        Files.writeString(folder.resolve(".sluice/parked"), "{\"file\":\"x", StandardOpenOption.APPEND);

        assertThat(parked(NOW).holds(file)).isTrue();
    }

    private FolderMessage message() throws IOException {
        return FolderMessage.take(folder, file, NOW);
    }

    private Parked parked(Instant now) {
        return new Parked(folder.resolve(".sluice/parked"), Clock.fixed(now, ZoneOffset.UTC));
    }
}
