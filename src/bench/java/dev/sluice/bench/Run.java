package dev.sluice.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * One contender has answered one inbox.
 *
 * @param files how many messages
 * @param firstAnswer from the start of the process to the first answer file
 * @param whole from the start of the process to the last answer file
 * @param answering from the first call that the upstream let in to the last answer file
 * @param cpu processor time of the contender's process
 * @param upstream what the upstream has counted
 * @param heap the contender's heap over time
 */
record Run(
        int files,
        Duration firstAnswer,
        Duration whole,
        Duration answering,
        Duration cpu,
        OptionalLong peakRssMb,
        Upstream.Stats upstream,
        Heap heap) {

    private static final Duration STARTS_WITHIN = Duration.ofMinutes(2);
    private static final Duration SLOWEST_PER_FILE = Duration.ofMillis(25);

    /**
     * Fills an inbox, lets the contender answer it, and stops the contender. The folders stay until all is measured: a
     * file system that has just deleted thousands of files is slow to make new ones, and the next run would pay for it.
     */
    static Run of(Lab lab, Contender contender, Upstream upstream, int files) throws IOException, InterruptedException {
        Path root = lab.folder(contender.name());
        MessageFolder folder = MessageFolder.filled(root, files);
        upstream.reset();
        Child child = contender.start(lab, folder, upstream.url());
        Child[] children = {child, upstream.child()};
        Await.until("the first answer of " + contender.name(), STARTS_WITHIN, folder::hasAnswer, children);
        long firstMs = System.currentTimeMillis();
        Duration atMost = STARTS_WITHIN.plus(SLOWEST_PER_FILE.multipliedBy(files));
        // the counter tells when it is time to look at the folder: to list 100,000 files 40 times a second is not free
        Await.until(files + " calls", atMost, () -> upstream.stats().accepted() >= files, children);
        Await.until(files + " answers", STARTS_WITHIN, () -> folder.answers() + folder.failures() >= files, children);
        long lastMs = System.currentTimeMillis();
        Upstream.Stats stats = upstream.stats();
        Duration cpu = child.cpu();
        OptionalLong peakRssMb = child.peakRssMb();
        child.stop();
        requireAll(contender, files, folder, stats);
        return new Run(
                files,
                Duration.ofMillis(firstMs - child.startedMs()),
                Duration.ofMillis(lastMs - child.startedMs()),
                Duration.ofMillis(lastMs - stats.firstAcceptMs()),
                cpu,
                peakRssMb,
                stats,
                Lab.heap(root));
    }

    double filesPerSecond() {
        return files / seconds(answering);
    }

    double filesPerSecondWithStart() {
        return files / seconds(whole);
    }

    double cpuMsPerFile() {
        return (double) cpu.toMillis() / files;
    }

    static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    private static void requireAll(Contender contender, int files, MessageFolder folder, Upstream.Stats stats)
            throws IOException {
        if (folder.answers() != files || stats.distinctPrompts() != files) {
            throw new BenchException("%s was given %d messages: %d answers, %d failures, %d prompts accepted upstream"
                    .formatted(contender.name(), files, folder.answers(), folder.failures(), stats.distinctPrompts()));
        }
    }
}
