package dev.sluice.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.GenericFileOperations;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.IdempotentRepository;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.processor.idempotent.MemoryIdempotentRepository;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How messages are taken and ended by one process, and by several that share an inbox; by a clock that the test moves. */
class FolderIntakeTest {
    @TempDir
    Path data;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final IdempotentRepository claims = MemoryIdempotentRepository.memoryIdempotentRepository();
    private Instant now = Instant.now();
    private FolderSettings folder;

    @BeforeEach
    void dropOneMessage() throws IOException {
        folder = new FolderSettings(
                data.resolve("inbox"),
                data.resolve("outbox"),
                data.resolve("failed"),
                data.resolve("done"),
                FolderSettings.Answer.JSON,
                1000,
                Duration.ZERO);
        Files.createDirectories(folder.inbox());
        Files.writeString(folder.inbox().resolve("a.txt"), "question");
    }

    @Test
    void whoMovesAMessageHasAnsweredItThoughAnotherClaimedItMeanwhile() throws IOException {
        Node one = new Node(Sharing.of(folder, claims));
        Node other = new Node(Sharing.of(folder, MemoryIdempotentRepository.memoryIdempotentRepository()));
        Exchange first = one.take().orElseThrow();
        Exchange second = other.take().orElseThrow(); // what they share has forgotten whose it is

        one.end(first, "the answer");
        other.end(second, "another answer");

        assertThat(data.resolve("outbox/a.txt.json")).hasContent("the answer");
        assertThat(data.resolve("done/a.txt")).hasContent("question");
        assertThat(answered()).isEqualTo(1);
    }

    @Test
    void anAnswerThatCouldNotBePublishedAtOnceHasItsPieces() throws IOException {
        Node node = new Node(Sharing.ALONE);
        Exchange message = node.take().orElseThrow();
        node.piece(message, "a piece", PieceHeaders.END);
        Path inTheWay = Files.writeString(folder.done(), "in the way");

        node.end(message, "the answer");
        Files.delete(inTheWay);
        now = now.plusSeconds(5);

        assertThat(node.polls()).isTrue();
        assertThat(data.resolve("outbox/a.txt.json")).hasContent("the answer");
        assertThat(data.resolve("outbox/a.txt.pieces.jsonl")).hasContent("a piece");
    }

    @Test
    void aMessageWhoseEndIsUndecidedIsNotGivenToOthers() throws IOException {
        Node one = new Node(Sharing.of(folder, claims));
        Node other = new Node(Sharing.of(folder, claims));
        Exchange message = one.take().orElseThrow();
        Path inTheWay = Files.writeString(folder.done(), "in the way");

        one.end(message, "the answer");
        Files.delete(inTheWay);
        assertThat(other.take()).isEmpty();
        now = now.plusSeconds(5);

        assertThat(one.polls()).isTrue();
        assertThat(data.resolve("outbox/a.txt.json")).hasContent("the answer");
        assertThat(claims.contains("a.txt")).isFalse();
        assertThat(answered()).isEqualTo(1);
    }

    @Test
    void aMessageThatWasNotAnsweredAfterAllIsTakenAgain() throws IOException {
        Node node = new Node(Sharing.of(folder, claims));
        Exchange message = node.take().orElseThrow();
        Disk.deleteFolder(folder.outbox());
        Path inTheWay = Files.writeString(folder.outbox(), "no answer can be staged");
        node.end(message, "an answer");
        Files.delete(inTheWay);
        now = now.plusSeconds(5);

        node.end(node.take().orElseThrow(), "the answer");

        assertThat(data.resolve("outbox/a.txt.json")).hasContent("the answer");
    }

    @Test
    void piecesThatCannotBeWrittenPauseTheIntake() throws IOException {
        Node node = new Node(Sharing.ALONE);
        Exchange message = node.take().orElseThrow();
        Path inTheWay = Files.writeString(data.resolve("outbox/.live"), "a file where a folder must be");

        assertThatThrownBy(() -> node.piece(message, "a piece", PieceHeaders.PIECE))
                .isInstanceOf(IOException.class);
        node.end(message, "an error record");

        assertThat(node.watch.paused()).isTrue();
        assertThat(data.resolve("inbox/a.txt")).hasContent("question");
        assertThat(data.resolve("outbox/a.txt.json")).doesNotExist();
        Files.delete(inTheWay);
        now = now.plusSeconds(5);
        Exchange again = node.take().orElseThrow();
        node.piece(again, "a piece", PieceHeaders.END);
        node.end(again, "the answer");
        assertThat(data.resolve("outbox/a.txt.json")).hasContent("the answer");
        assertThat(data.resolve("outbox/a.txt.pieces.jsonl")).hasContent("a piece");
    }

    @Test
    void whatADeadProcessLeftIsFinishedThoughNothingElseComes() throws IOException {
        Node other = new Node(Sharing.of(folder, claims));
        assertThat(other.polls()).isTrue();
        leaveUnfinished(new Node(Sharing.of(folder, claims)));
        now = now.plusSeconds(5);

        other.polls();

        assertThat(data.resolve("outbox/a.txt.json")).hasContent("the answer");
    }

    @Test
    void whatCannotBeFinishedNowIsNotHeldAgainstOthers() throws IOException {
        Node node = new Node(Sharing.of(folder, claims));
        Path left = Files.createDirectories(data.resolve("outbox/.sluice/node-7"));
        Files.createDirectories(left.resolve("unreadable.commit"));

        assertThat(node.polls()).isTrue();

        FolderLock lock = new FolderLock(left.resolve("lock"), left);
        assertThatCode(lock::take).doesNotThrowAnyException();
        lock.release();
    }

    @Test
    void whatAProcessLeftThatWasAloneIsFinishedByOneThatShares() throws IOException {
        Node alone = new Node(Sharing.ALONE);
        leaveUnfinished(alone);

        assertThat(new Node(Sharing.of(folder, claims)).polls()).isTrue();

        assertThat(data.resolve("outbox/a.txt.json")).hasContent("the answer");
        assertThat(data.resolve("outbox/a.txt.pieces.jsonl")).hasContent("a piece");
    }

    @Test
    void whatAProcessLeftThatSharedIsFinishedByOneThatIsAlone() throws IOException {
        leaveUnfinished(new Node(Sharing.of(folder, claims)));

        assertThat(new Node(Sharing.ALONE).polls()).isTrue();

        assertThat(data.resolve("outbox/a.txt.json")).hasContent("the answer");
        assertThat(answered()).isEqualTo(1);
    }

    @Test
    void whoIsAloneTakesNothingWhileOthersShare() throws IOException {
        Node sharing = new Node(Sharing.of(folder, claims));
        assertThat(sharing.polls()).isTrue();

        Node alone = new Node(Sharing.ALONE);
        assertThat(alone.polls()).isFalse();

        sharing.watch.stop();
        now = now.plusSeconds(5);
        assertThat(alone.polls()).isTrue();
    }

    /** Answers a message, and dies before it is moved. */
    private void leaveUnfinished(Node node) throws IOException {
        Exchange message = node.take().orElseThrow();
        node.piece(message, "a piece", PieceHeaders.END);
        Path inTheWay = Files.writeString(folder.done(), "in the way");
        node.end(message, "the answer");
        Files.delete(inTheWay);
        node.watch.stop();
    }

    private double answered() {
        return meters.counter("sluice.messages", "outcome", "answered").count();
    }

    /** One process, as far as the folders see it. */
    @SuppressWarnings("NullAway") // Camel's part is not looked at
    private final class Node {
        private static final GenericFileOperations<File> OPERATIONS = null;
        private static final GenericFileEndpoint<File> FILES = null;
        private static final Consumer CONSUMER = null;
        private static final Endpoint ENDPOINT = null;

        private final FolderWatch watch;
        private final FolderIntake intake;

        private Node(Sharing sharing) {
            InstantSource time = () -> now;
            Clock clock = time.withZone(ZoneOffset.UTC);
            watch = new FolderWatch(folder, sharing, new Tally(meters, clock, ""), clock);
            intake = new FolderIntake(
                    folder, sharing, watch, clock, () -> UUID.randomUUID().toString(), false);
        }

        boolean polls() {
            return watch.begin(CONSUMER, ENDPOINT);
        }

        /** Takes the message, if it is there to be taken. */
        Optional<Exchange> take() {
            Exchange exchange = new DefaultExchange(camel);
            return polls() && intake.begin(OPERATIONS, FILES, exchange, file())
                    ? Optional.of(exchange)
                    : Optional.empty();
        }

        void piece(Exchange exchange, String text, String kind) throws IOException {
            exchange.getMessage().setBody(text);
            exchange.getMessage().setHeader(PieceHeaders.KIND, kind);
            new PieceFile(folder).process(exchange);
        }

        void end(Exchange exchange, String answer) {
            FolderMessage.of(exchange)
                    .endsWith(new FolderMessage.Ending(
                            Outcome.ANSWERED,
                            answer.getBytes(StandardCharsets.UTF_8),
                            data.resolve("outbox/a.txt.json"),
                            data.resolve("done/a.txt"),
                            ""));
            assertThatCode(() -> intake.commit(OPERATIONS, FILES, exchange, file()))
                    .doesNotThrowAnyException();
        }

        private GenericFile<File> file() {
            GenericFile<File> file = new GenericFile<>();
            file.setFile(data.resolve("inbox/a.txt").toFile());
            return file;
        }
    }
}
