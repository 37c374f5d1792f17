package dev.sluice.batch;

import dev.sluice.progress.ProgressSource;
import java.util.Map;
import java.util.TreeMap;

/**
 * What has become of the lines.
 *
 * @param total lines of the file that are not blank; -1 while they are not counted yet
 * @param resumed how many were done by earlier runs
 * @param answered lines in the output, those of earlier runs too
 * @param failed lines in the errors, those of earlier runs too
 * @param byCode how the lines of this run ended: {@code answered}, or the code of the error
 */
public record Counts(long total, long resumed, long answered, long failed, Map<String, Long> byCode) {
    public Counts {
        byCode = new TreeMap<>(byCode);
    }

    /** Lines that are in one of the files. */
    public long done() {
        return answered + failed;
    }

    /** As others are told of the batch with these files. */
    public ProgressSource.Done done(BatchFiles files) {
        String job = "batch " + files.output().toAbsolutePath().normalize();
        return ProgressSource.Done.byAll(job, total, complete(), answered, failed);
    }

    /** Whether every line is accounted for. */
    public boolean complete() {
        return total >= 0 && done() == total;
    }
}
