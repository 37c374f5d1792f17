package dev.sluice.intake;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.GenericFileOperations;
import org.apache.camel.component.file.GenericFileProcessStrategy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When a message file is taken from the inbox, and what happens to it in the end: Camel's hook into its file consumer
 * ({@code processStrategy}).
 *
 * <p>A file is taken once it has been unchanged for {@code folder.quiet-ms}. In the end its staged answer or error
 * record is published and the file moved, as one step (see {@link Staging}). A file that was changed while it was being
 * answered stays and is taken again; so does one whose answer, or a piece of it, could not be written, and then the
 * intake pauses (see {@link FolderWatch}). One that makes no sense to send before a moment stays until then (see
 * {@link Parked}). One that was in hand whenever the process died is set aside (see {@link Suspects}).
 */
public final class FolderIntake implements GenericFileProcessStrategy<File> {
    private static final Logger LOG = LoggerFactory.getLogger(FolderIntake.class);

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

    private final FolderSettings folder;
    private final FolderWatch watch;
    private final Clock clock;
    private final Supplier<String> ids;
    private final boolean dispatched;
    private final Sharing sharing;
    private final Parked parked;
    private final Suspects suspects;
    private final InProgress inProgress;
    private final Map<String, Left> left = new ConcurrentHashMap<>();

    /** A file that stays in the inbox: why, and since when. */
    private record Left(String why, Instant at) {}

    /**
     * @param ids where request ids come from; each must be unique
     * @param dispatched whether messages are called elsewhere: then none of those in hand is suspected when the process dies, and
     *     each says what it is known by
     */
    public FolderIntake(
            FolderSettings folder,
            Sharing sharing,
            FolderWatch watch,
            Clock clock,
            Supplier<String> ids,
            boolean dispatched) {
        this.folder = folder;
        this.watch = watch;
        this.clock = clock;
        this.ids = ids;
        this.dispatched = dispatched;
        this.sharing = sharing;
        this.parked = new Parked(sharing.own(folder.failed()).resolve("parked"), clock);
        this.suspects = new Suspects(sharing.own(folder.failed()).resolve("in-hand"));
        this.inProgress = new InProgress(parked::holds);
    }

    /** How many messages stay in the inbox until a moment that is known. */
    public int parked() {
        return parked.count();
    }

    @Override
    public void prepareOnStartup(GenericFileOperations<File> operations, GenericFileEndpoint<File> endpoint)
            throws Exception {
        endpoint.setInProgressRepository(inProgress);
        endpoint.getCamelContext().addService(watch); // stopped after the routes
    }

    @Override
    public boolean begin(
            GenericFileOperations<File> operations,
            GenericFileEndpoint<File> endpoint,
            Exchange exchange,
            GenericFile<File> file) {
        if (watch.paused() || leftLately(file.getFile())) {
            return false;
        }
        FolderMessage message = take(file.getFile());
        if (message == null || !isQuiet(message) || !isMine(message)) {
            return false;
        }
        if (!dispatched && suspects.taken(message.key())) {
            message.isPoison();
        }
        message.on(exchange);
        if (dispatched) {
            exchange.setProperty(IntakeProperties.IDENTITY, message.identity());
        }
        exchange.getMessage().setHeader(Request.ID_HEADER, ids.get());
        watch.taken();
        return true;
    }

    @Override
    public void commit(
            GenericFileOperations<File> operations,
            GenericFileEndpoint<File> endpoint,
            Exchange exchange,
            GenericFile<File> file)
            throws Exception {
        FolderMessage message = FolderMessage.of(exchange);
        FolderMessage.Ending ending = message.ending();
        boolean undecided = false;
        try {
            end(exchange, message, ending);
            Kept.tell(exchange, true);
        } catch (IOException e) {
            undecided = true; // its note may be on disk: the watch carries it out, and gives the message back
            watch.pause(message, message.bytes(), e);
            Kept.tell(exchange, false);
        } finally {
            suspects.ended(message.key());
            if (!undecided || message.completePieces() == null) {
                discardPieces(message);
            }
            if (!undecided) {
                sharing.release(message.name());
            }
        }
    }

    private static void discardPieces(FolderMessage message) {
        try {
            message.discardPieces();
        } catch (IOException e) {
            LOG.warn("file={} pieces of its answer stay: {}", FileNames.printable(message.name()), e.toString());
        }
    }

    private void end(Exchange exchange, FolderMessage message, FolderMessage.@Nullable Ending ending)
            throws IOException {
        String id = Request.id(exchange);
        IOException unwritten = message.unwritten();
        if (unwritten != null) {
            throw unwritten;
        }
        Instant parkedUntil = message.parkedUntil();
        String reasonToStay = message.reasonToStay();
        if (parkedUntil != null) {
            parked.park(message, parkedUntil);
            watch.leftInPlace();
        } else if (reasonToStay != null) {
            watch.leftInPlace();
            if (!reasonToStay.isEmpty()) {
                leave(message.file().toFile(), reasonToStay);
            }
        } else if (!sharing.holds(message.name()) || isGone(message)) {
            drop(id, message);
        } else if (!message.unchanged()) {
            watch.leftInPlace();
            LOG.info(
                    "request={} file={} changed while it was being answered; taken again",
                    id,
                    FileNames.printable(message.name()));
        } else if (ending == null) { // its route has sent the answer elsewhere
            left.remove(message.file().toString());
            Path done = folder.done().resolve(message.name());
            watch.ended(
                    message,
                    Outcome.ANSWERED,
                    watch.staging(Outcome.ANSWERED).moveAway(id, message, done),
                    "attempts=" + Request.attempts(exchange));
        } else {
            left.remove(message.file().toString());
            if (ending.outcome() == Outcome.FAILED) {
                message.discardPieces();
            }
            publish(id, message, ending);
        }
    }

    private void publish(String id, FolderMessage message, FolderMessage.Ending ending) throws IOException {
        Staging.Staged staged = watch.staging(ending.outcome()).stage(id, ending.content(), ending.output());
        Staging.Published published = sharing.isShared()
                ? staged.commitUnlessGone(message, ending.movedTo())
                : staged.commit(message, ending.movedTo());
        if (published == null) {
            drop(id, message);
        } else {
            watch.ended(message, ending.outcome(), published, ending.details());
        }
    }

    /** Whether another process has ended it: who ends a message moves it. Of one that is alone, its sender took it back. */
    private boolean isGone(FolderMessage message) {
        return sharing.isShared() && !Files.exists(message.file());
    }

    private void drop(String id, FolderMessage message) {
        watch.leftInPlace();
        LOG.warn(
                "request={} file={} is another process' by now; its end here is dropped",
                id,
                FileNames.printable(message.name()));
    }

    @Override
    public void rollback(
            GenericFileOperations<File> operations,
            GenericFileEndpoint<File> endpoint,
            Exchange exchange,
            GenericFile<File> file) {
        FolderMessage message = FolderMessage.of(exchange);
        Kept.tell(exchange, false);
        suspects.ended(message.key());
        discardPieces(message);
        sharing.release(message.name());
        watch.leftInPlace();
        LOG.warn(
                "request={} file={} stays in the inbox and is taken again: {}",
                Request.id(exchange),
                FileNames.printable(message.name()),
                String.valueOf(exchange.getException()));
    }

    @Override
    public void abort(
            GenericFileOperations<File> operations,
            GenericFileEndpoint<File> endpoint,
            Exchange exchange,
            GenericFile<File> file) {
        // not taken: nothing to undo
    }

    private @Nullable FolderMessage take(File file) {
        try {
            return FolderMessage.take(folder.inbox(), file.toPath(), clock.instant());
        } catch (InvalidPathException e) {
            leave(file, "its name cannot be read in this locale; rename it, or start with LC_ALL=C.UTF-8");
        } catch (NoSuchFileException e) {
            if (file.getPath().indexOf('\uFFFD') >= 0) {
                leave(file, "its name is not valid UTF-8 and cannot be opened; rename it");
            } // else it was removed since the poll listed it
        } catch (IOException e) {
            leave(file, "it cannot be read: " + e);
        }
        return null;
    }

    /** Says why, but not again and again. */
    private void leave(File file, String why) {
        Left before = left.put(file.getPath(), new Left(why, clock.instant()));
        if (before == null || !before.why.equals(why)) {
            LOG.warn("file={} stays in the inbox: {}", FileNames.printable(file), why);
        }
    }

    /** The inbox is looked at without a pause as long as there is something to take. */
    private boolean leftLately(File file) {
        Left before = left.get(file.getPath());
        return before != null && clock.instant().isBefore(before.at.plus(LOOK_AGAIN));
    }

    /** Whether no other process has it, or has had it since the inbox was looked at. */
    private boolean isMine(FolderMessage message) {
        if (!sharing.isShared()) {
            return true;
        }
        watch.finishForOthers();
        if (!sharing.claim(message.name())) {
            return false;
        }
        try {
            if (Files.exists(message.file()) && message.unchanged()) {
                return true;
            }
        } catch (IOException e) {
            LOG.debug("{} is gone: {}", message.file(), e.toString());
        }
        sharing.release(message.name());
        return false;
    }

    private boolean isQuiet(FolderMessage message) {
        Duration age = Duration.between(message.modified().toInstant(), clock.instant());
        return age.abs().compareTo(folder.quiet()) >= 0; // abs: a clock ahead of ours must not hold a file back
    }

    /** The file of a message, whole. */
    static byte[] read(FolderMessage message, int maxBytes) throws IOException, InvalidMessageException {
        if (message.size() > maxBytes) {
            throw CheckRequest.tooLarge(message.size(), maxBytes);
        }
        return Files.readAllBytes(message.file());
    }
}
