package dev.sluice.batch;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * The folders of batches that are dropped into a server.
 *
 * @param inbox JSONL files; each is a batch, and stays here until it is done ({@code batch.inbox})
 * @param outbox output, errors and, until it is done, the ledger of each ({@code batch.outbox})
 * @param done inputs that are done ({@code batch.done})
 * @param failed inputs that cannot be run, beside the reason ({@code batch.failed})
 * @param quiet how long a file must be unchanged before it is taken ({@code folder.quiet-ms})
 * @param atOnce how many files run at once ({@code batch.files-at-once})
 */
public record BatchFolder(Path inbox, Path outbox, Path done, Path failed, Duration quiet, int atOnce) {
    private static final String EXTENSION = "(?i)((\\.jsonl|\\.ndjson)(\\.gz)?)$";
    private static final String OUTPUT = ".output.jsonl";
    private static final String ERRORS = ".errors.jsonl";
    private static final String LEDGER = OUTPUT + ".ledger";

    /**
     * The files of an input: those that it was begun with if it was begun, else such that are not there yet. A second
     * {@code a.jsonl} after the first is done has {@code a~2.output.jsonl}, so an input that is itself named {@code a~2.jsonl}
     * has {@code a~2~1.output.jsonl}.
     */
    BatchFiles files(Path input) {
        String base = base(input);
        int number = 1;
        while (Files.exists(outbox.resolve(numbered(base, number) + OUTPUT))
                && !Files.exists(outbox.resolve(numbered(base, number) + LEDGER))) {
            number++;
        }
        String name = numbered(base, number);
        return new BatchFiles(input, outbox.resolve(name + OUTPUT), outbox.resolve(name + ERRORS));
    }

    /** Removes ledgers whose input has left the inbox: a crash came between its leaving and their removal. */
    void forgetWhatIsDone() throws IOException {
        if (!Files.isDirectory(outbox)) {
            return;
        }
        Set<String> waiting = basesInInbox();
        try (DirectoryStream<Path> ledgers = Files.newDirectoryStream(outbox, "*" + LEDGER)) {
            for (Path ledger : ledgers) {
                String name = ledger.getFileName().toString();
                String base = name.substring(0, name.length() - LEDGER.length()).replaceFirst("~\\d+$", "");
                if (!waiting.contains(base)) {
                    Files.delete(ledger);
                }
            }
        }
    }

    private Set<String> basesInInbox() throws IOException {
        Set<String> bases = new HashSet<>();
        if (Files.isDirectory(inbox)) {
            try (DirectoryStream<Path> inputs = Files.newDirectoryStream(inbox)) {
                inputs.forEach(input -> bases.add(base(input)));
            }
        }
        return bases;
    }

    private static String base(Path input) {
        return input.getFileName().toString().replaceFirst("(?i)\\.jsonl$", "");
    }

    /** Moves a file out of the inbox; what has its name there already stays as it is. */
    Path move(Path file, Path folder) throws IOException {
        Files.createDirectories(folder);
        String name = file.getFileName().toString();
        Path target = folder.resolve(name);
        for (int number = 2; Files.exists(target); number++) {
            target = folder.resolve(name.replaceFirst(EXTENSION, "~" + number + "$1"));
        }
        return Files.move(file, target);
    }

    private static String numbered(String base, int number) {
        boolean looksNumbered = base.matches(".*~\\d+"); // else it would share the files of the second of another name
        return number == 1 && !looksNumbered ? base : base + "~" + number;
    }
}
