package dev.sluice.front;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Answers that are kept as files. */
class OnceHereTest extends OnceContract {
    @TempDir
    Path folder;

    private Once once;

    @BeforeEach
    void make() {
        once = new OnceHere(folder, Duration.ofHours(1), Clock.systemUTC());
    }

    @Override
    Once once() {
        return once;
    }
}
