package dev.sluice.intake;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
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
 * answered stays and is taken again; so does one whose answer could not be written, and then the intake pauses (see
 * {@link FolderWatch}).
 */
public final class FolderIntake implements GenericFileProcessStrategy<File> {
    private static final Logger LOG = LoggerFactory.getLogger(FolderIntake.class);

    private final FolderSettings folder;
    private final FolderWatch watch;
    private final Clock clock;
    private final Supplier<String> ids;
    private final InProgress inProgress = new InProgress();
    private final Set<String> unreachable = ConcurrentHashMap.newKeySet();

    public FolderIntake(FolderSettings folder, FolderWatch watch, Clock clock, Supplier<String> ids) {
        this.folder = folder;
        this.watch = watch;
        this.clock = clock;
        this.ids = ids;
    }

    @Override
    public void prepareOnStartup(GenericFileOperations<File> operations, GenericFileEndpoint<File> endpoint) {
        endpoint.setInProgressRepository(inProgress);
    }

    @Override
    public boolean begin(
            GenericFileOperations<File> operations,
            GenericFileEndpoint<File> endpoint,
            Exchange exchange,
            GenericFile<File> file) {
        if (watch.paused()) {
            return false;
        }
        FolderMessage message = take(file.getFile());
        if (message == null || !isQuiet(message)) {
            return false;
        }
        message.on(exchange);
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
        try {
            end(exchange, message);
        } catch (IOException e) {
            watch.pause(message, e);
        }
    }

    private void end(Exchange exchange, FolderMessage message) throws IOException {
        FolderMessage.Ending ending = message.ending();
        if (ending == null) {
            watch.leftInPlace();
        } else if (message.unchanged()) {
            ending.folder()
                    .stage(Request.id(exchange), ending.content(), ending.output())
                    .commit(message, ending.movedTo());
            watch.ended(message, ending);
        } else {
            watch.leftInPlace();
            LOG.info(
                    "request={} file={} changed while it was being answered; taken again",
                    Request.id(exchange),
                    FileNames.printable(message.name()));
        }
    }

    @Override
    public void rollback(
            GenericFileOperations<File> operations,
            GenericFileEndpoint<File> endpoint,
            Exchange exchange,
            GenericFile<File> file) {
        FolderMessage message = FolderMessage.of(exchange);
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
            return leave(file, "its name cannot be read in this locale; rename it, or start with LC_ALL=C.UTF-8");
        } catch (NoSuchFileException e) {
            return file.getPath().indexOf('\uFFFD') >= 0
                    ? leave(file, "its name is not valid UTF-8 and cannot be opened; rename it")
                    : null; // removed since the poll listed it
        } catch (IOException e) {
            return leave(file, "it cannot be read: " + e);
        }
    }

    private @Nullable FolderMessage leave(File file, String why) {
        if (unreachable.add(file.getPath())) {
            LOG.warn("file={} stays in the inbox: {}", FileNames.printable(file), why);
        }
        return null;
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
