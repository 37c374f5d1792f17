package dev.sluice.batch;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;

/**
 * Writes ended lines from a thread of its own, in groups: what ends while one group is forced to disk is the next. Once
 * writing has failed nothing more is written, so that the ledger stays right.
 */
final class Committer implements AutoCloseable {
    private static final Ended END = new Ended(0, 0, false, new byte[0], Use.NONE);
    private static final int MAX_GROUP = 4096;
    private static final int MAX_GROUP_BYTES = 4 * 1024 * 1024;

    private final BatchOutput output;
    private final Supplier<Position> read;
    private final Supplier<Mark> prefix;
    private final Listener listener;
    private final BlockingQueue<Ended> queue = new LinkedBlockingQueue<>();
    private final Thread thread = new Thread(this::run, "batch-writer");

    /** What becomes of lines. */
    interface Listener {
        /** They are on disk. */
        void written(List<Ended> group);

        /** They are not, and will not be. */
        void dropped(List<Ended> group);

        /** Said once, before what is dropped. */
        void cannotWrite(Exception reason);
    }

    /**
     * @param read how far the input was read; asked after the lines of a group have ended, so that all lie before
     * @param prefix before which line all have been written
     */
    Committer(BatchOutput output, Supplier<Position> read, Supplier<Mark> prefix, Listener listener) {
        this.output = output;
        this.read = read;
        this.prefix = prefix;
        this.listener = listener;
        thread.setDaemon(true);
        thread.start();
    }

    void add(Ended ended) {
        queue.add(ended);
    }

    /** Waits until everything that was added is written. */
    @Override
    public void close() throws InterruptedException {
        queue.add(END);
        thread.join();
    }

    private void run() {
        boolean broken = false;
        boolean last = false;
        while (!last) {
            List<Ended> group = take();
            last = group.remove(END);
            broken = broken || !write(group);
            if (broken) {
                listener.dropped(group);
            } else {
                listener.written(group);
            }
        }
    }

    private boolean write(List<Ended> group) {
        try {
            if (!group.isEmpty()) {
                output.write(group, read.get(), prefix.get());
            }
            return true;
        } catch (IOException | RuntimeException e) {
            listener.cannotWrite(e);
            return false;
        }
    }

    private List<Ended> take() {
        List<Ended> group = new ArrayList<>();
        try {
            Ended first = queue.take();
            group.add(first);
            int bytes = first.json().length;
            for (Ended next = queue.poll(); next != null; next = queue.poll()) {
                group.add(next);
                bytes += next.json().length;
                if (bytes >= MAX_GROUP_BYTES || group.size() >= MAX_GROUP || next == END) {
                    break;
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the writer", e);
        }
        return group;
    }
}
