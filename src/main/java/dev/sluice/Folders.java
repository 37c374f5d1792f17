package dev.sluice;

import dev.sluice.admit.WaitTimer;
import dev.sluice.intake.FolderSettings;
import dev.sluice.intake.RedisClaims;
import dev.sluice.intake.Sharing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.redisson.api.RedissonClient;

/** The message folders: their settings, what is in them on a first run, and what is said of them. */
final class Folders {

    private Folders() {}

    static FolderSettings from(Settings settings) {
        return new FolderSettings(
                settings.path("folder.inbox"),
                settings.path("folder.outbox"),
                settings.path("folder.failed"),
                settings.path("folder.done"),
                settings.choice("folder.answer", FolderSettings.Answer.class),
                settings.integer("folder.max-bytes", 1, 1 << 30),
                settings.millis("folder.quiet-ms", 0));
    }

    /**
     * Whether other processes work on the same inbox, and how they keep apart.
     *
     * @param redis the client, empty while there is no connection
     * @param timer keeps a timer until Sluice has stopped
     */
    static Sharing sharing(
            Settings settings,
            FolderSettings folder,
            Supplier<Optional<RedissonClient>> redis,
            UnaryOperator<WaitTimer> timer) {
        String name = settings.text("folder.shared");
        if (name.isEmpty() || !Intakes.chosen(settings.text("intakes")).contains("folder")) {
            return Sharing.ALONE;
        }
        for (String key : new String[] {"folder.pieces", "dispatch"}) {
            if (!Set.of("false", "direct").contains(settings.text(key))) {
                throw Settings.wrong(key, settings.text(key), "as by default while folder.shared is set");
            }
        }
        if (settings.text("redis.url").isEmpty()) {
            throw Settings.wrong("redis.url", "", "a Redis that all have in common while folder.shared is set");
        }
        try {
            return Sharing.of(
                    folder,
                    new RedisClaims(
                            redis,
                            name,
                            settings.millis("folder.lease-ms", 10_000), // others look every 5 s for what one left
                            timer.apply(new WaitTimer("claims"))));
        } catch (IOException e) {
            throw new Settings.ConfigurationException(
                    "folder.failed=%s cannot be shared: %s".formatted(folder.failed(), e.getMessage()));
        }
    }

    /** Copies the examples into an inbox that does not exist yet. */
    static void fillOnFirstRun(FolderSettings folder, Path examples) {
        if (Files.exists(folder.inbox()) || Files.exists(Path.of("data")) || !Files.isDirectory(examples)) {
            return;
        }
        try (Stream<Path> files = Files.walk(examples)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path copy = folder.inbox().resolve(examples.relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        } catch (IOException e) {
            throw new Settings.ConfigurationException(
                    "cannot fill %s with the examples: %s; make the folder writable".formatted(folder.inbox(), e));
        }
    }

    /** What follows the figures when the inbox has run empty. */
    static String hints(FolderSettings folder, boolean sandbox) {
        String where = "  answers in %s, failures in %s, done messages in %s%n"
                .formatted(folder.outbox(), folder.failed(), folder.done());
        String more = "  Drop a .txt, .md or .json file into %s to go on; Ctrl-C stops.".formatted(folder.inbox());
        String real =
                "%n  The sandbox answered. For a real API: UPSTREAM_URL=https://…/v1 OPENAI_API_KEY=…, then start again."
                        .formatted();
        return where + more + (sandbox ? real : "");
    }
}
