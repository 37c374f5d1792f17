package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.CallTest.Ending;
import dev.sluice.intake.FolderWatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pieces of answers to folder messages, as files. */
class PieceFileTest {
    private static final String HEAD = "HTTP/1.1 200 OK\nContent-Type: text/event-stream\n";
    private static final String END =
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    private static RawUpstream upstream;
    private static Node node;

    @BeforeAll
    static void start(@TempDir Path data) throws Exception {
        upstream = new RawUpstream();
        node = Node.start(
                data,
                Map.of(
                        "upstream.url", upstream.url(),
                        "folder.pieces", "true",
                        "split.unit", "line",
                        "retry.max", "1",
                        "upstream.idle-timeout-ms", "2000"));
    }

    @AfterAll
    static void stop() throws Exception {
        node.close();
        upstream.close();
    }

    @Test
    void thePiecesAreBesideTheAnswer() throws Exception {
        upstream.answers(HEAD + "Connection: close\n\n" + text("one\\n") + text("two") + END);

        node.drop("sub/a.txt", "q");

        Ending.of(node, "sub/a.txt").answered();
        assertThat(Files.readAllLines(node.outbox("sub/a.txt.pieces.jsonl")))
                .satisfiesExactly(
                        line -> assertThat(line).contains("\"index\":0,\"kind\":\"piece\",\"text\":\"one\\n\"}"),
                        line -> assertThat(line).contains("\"index\":1,\"kind\":\"piece\",\"text\":\"two\"}"),
                        line -> assertThat(line).contains("\"index\":2,\"kind\":\"end\",\"finishReason\":\"stop\"}"));
        assertThat(live("sub/a.txt")).doesNotExist();
    }

    @Test
    void theyGrowWhileTheAnswerComesAndAreVoidedWhenItBreaksOff() throws Exception {
        upstream.answers(
                HEAD + "Content-Length: 5000\n\n" + text("one\\n"),
                HEAD + "Connection: close\n\n" + text("one\\n") + END);

        node.drop("b.txt", "q");

        await().until(() ->
                Files.exists(live("b.txt")) && Files.readString(live("b.txt")).contains("one"));
        assertThat(node.outbox("b.txt.pieces.jsonl")).doesNotExist();
        Ending.of(node, "b.txt").answered();
        assertThat(Files.readAllLines(node.outbox("b.txt.pieces.jsonl")))
                .satisfiesExactly(
                        line -> assertThat(line).contains("\"attempt\":1,\"index\":0,\"kind\":\"piece\""),
                        line -> assertThat(line).contains("\"attempt\":1,\"index\":1,\"kind\":\"void\""),
                        line -> assertThat(line).contains("\"attempt\":2,\"index\":0,\"kind\":\"piece\""),
                        line -> assertThat(line).contains("\"attempt\":2,\"index\":1,\"kind\":\"end\""));
    }

    @Test
    void aMessageThatFailsLeavesNone() throws Exception {
        upstream.answers(HEAD + "Content-Length: 5000\nConnection: close\n\n" + text("one\\n"));

        node.drop("c.txt", "q");

        Ending.of(node, "c.txt").failed();
        assertThat(node.outbox("c.txt.pieces.jsonl")).doesNotExist();
        assertThat(live("c.txt")).doesNotExist();
    }

    @Test
    void aMessageWhosePiecesCannotBeWrittenStaysUntilTheyCan() throws Exception {
        upstream.answers(HEAD + "Connection: close\n\n" + text("one\\n") + END);
        Path inTheWay = node.outbox(".live/blocked");
        Files.createDirectories(inTheWay.getParent());
        Files.writeString(inTheWay, "a file where a folder must be");

        node.drop("blocked/d.txt", "q");
        await().until(() -> !upstream.requests().isEmpty());
        FolderWatch watch = Objects.requireNonNull(
                node.camel().getRegistry().lookupByNameAndType("folderWatch", FolderWatch.class));
        await().until(watch::paused);
        assertThat(node.inbox("blocked/d.txt")).exists();
        assertThat(upstream.requests()).hasSize(1);
        Files.deleteIfExists(inTheWay); // unless the intake has begun anew by now

        Ending.of(node, "blocked/d.txt").answered();
        assertThat(node.outbox("blocked/d.txt.pieces.jsonl")).exists();
    }

    private static Path live(String name) {
        return node.outbox(".live/" + name + ".pieces.jsonl");
    }

    private static String text(String content) throws IOException {
        return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}}]}\n\n".formatted(content);
    }
}
