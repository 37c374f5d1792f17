package dev.sluice;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** One node, before a sandbox that answers quickly, for all tests of a class. */
abstract class FrontTest {
    static final String CHAT = "/chat/completions";

    static FrontNode front;

    @BeforeAll
    static void start(@TempDir Path data) throws Exception {
        front = new FrontNode(data, Map.of("camel.main.shutdown-timeout", "1"));
    }

    @AfterAll
    static void stop() {
        front.close();
    }

    @AfterEach
    void quick() {
        front.sandbox().configure(FrontNode.QUICK);
    }
}
