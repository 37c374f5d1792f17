package dev.sluice.batch;

import dev.sluice.intake.SluiceException;
import java.time.Instant;
import java.util.List;

/**
 * Takes the lines of a batch out of hand: to the files, back to be sent again, or back to be done by a later run. A line
 * keeps its place until it is on disk. Thread-safe.
 */
final class Endings implements AutoCloseable {
    private final BatchRun run;
    private final Refusals refusals;
    private final Promises promises = new Promises();
    private final Committer committer;

    Endings(BatchRun run) {
        this.run = run;
        this.refusals = new Refusals(run.bounds().refusals());
        this.committer = new Committer(run.output(), run.feed()::read, run.feed()::prefix, new Written());
    }

    /** Why a line has failed; status 0: without a response. */
    record Reason(int status, String code, String message) {}

    BatchRun run() {
        return run;
    }

    Promises promises() {
        return promises;
    }

    /** Whether other lines would be refused for the same reason. */
    boolean concernsAll(int status, String code) {
        return refusals.concerns(status, code);
    }

    /** A line was answered, and this is what is written of it. */
    void answered(BatchLine line, Ended ended) {
        run.account().settle(line.estimate(), ended.use());
        end(ended, LineCounts.ANSWERED);
        refusals.answered().forEach(this::endHeld);
    }

    /** A line has failed for good. */
    void failed(BatchLine line, Ended ended, Reason reason) {
        run.account().settle(line.estimate(), ended.use());
        if (!concernsAll(reason.status, reason.code)) {
            end(ended, reason.code);
            return;
        }
        if (refusals.hold(new Refusals.Held(ended, reason.code))) {
            run.stop().refused(run.bounds().refusals(), reason.code, reason.message);
        }
        promises.kept(line.number());
        run.window().leave(1);
    }

    /** A line was not sent, or not to its end, and stays to be done. */
    void left(BatchLine line) {
        promises.kept(line.number());
        run.account().settle(line.estimate(), Use.NONE);
        run.window().leave(1);
    }

    /** A line is to be sent again, not before a moment. */
    void parked(BatchLine line, SluiceException why, Instant until) {
        run.parked().add(line, why, until);
        left(line);
    }

    /** A line was not sent after all; it is one of the next. */
    void notSent(BatchLine line) {
        run.parked().add(line);
        left(line);
    }

    /** No line comes after these: what was refused at the end, and held back for that, goes to the errors. */
    void noMore() {
        refusals.release().forEach(this::endHeld);
    }

    /** Waits until everything that has ended is written. */
    @Override
    public void close() throws InterruptedException {
        committer.close();
    }

    private void end(Ended ended, String code) {
        run.counts().ended(code);
        committer.add(ended);
    }

    private void endHeld(Refusals.Held held) {
        run.window().enterAgain();
        end(held.ended(), held.code());
    }

    /** What the writer tells. */
    private final class Written implements Committer.Listener {
        @Override
        public void written(List<Ended> group) {
            for (Ended ended : group) {
                run.counts().written(ended);
                run.feed().done(ended.number());
                promises.kept(ended.number());
            }
            run.window().leave(group.size());
        }

        @Override
        public void dropped(List<Ended> group) {
            group.forEach(ended -> promises.lost(ended.number()));
            run.window().leave(group.size());
        }

        @Override
        public void cannotWrite(Exception reason) {
            run.stop().output(reason);
        }
    }
}
