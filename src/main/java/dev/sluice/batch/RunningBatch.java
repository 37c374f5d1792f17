package dev.sluice.batch;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A batch that runs inside a server. Thread-safe. */
final class RunningBatch {
    private static final Counts NOTHING = new Counts(-1, 0, 0, 0, Map.of());

    private final BatchRunner.Job job;
    private final StatusFile status;
    private @Nullable Batch batch;
    private boolean stopped;
    private boolean over;
    private boolean cancelled;

    RunningBatch(BatchRunner.Job job, StatusFile status) {
        this.job = job;
        this.status = status;
    }

    /** What has become of it. */
    enum State {
        /** It goes on. */
        IN_PROGRESS,
        /** Every line is in the output or in the errors. */
        COMPLETED,
        /** It cannot go on, today or tomorrow. */
        FAILED,
        /** It can be resumed. */
        STOPPED,
        /** It was called off. */
        CANCELLED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What has become of it.
     *
     * @param kind by what it was stopped, if it has stopped by itself
     * @param problem for people, null if there is none
     */
    record Result(
            State state,
            Counts counts,
            Use used,
            Stop.@Nullable Kind kind,
            @Nullable String problem) {

        String shown() {
            return "answered=%d failed=%d total=%s tokens=%d"
                    .formatted(
                            counts.answered(),
                            counts.failed(),
                            counts.total() < 0 ? "?" : counts.total(),
                            used.tokens());
        }
    }

    BatchRunner.Job job() {
        return job;
    }

    /** Takes no more lines; those in hand may end. */
    synchronized void stop() {
        stopped = true;
        if (batch != null) {
            batch.stop();
        }
    }

    /** Calls it off for good: it is not resumed. */
    synchronized void cancel() {
        cancelled = true;
        stop();
    }

    synchronized void abandon() {
        if (batch != null) {
            batch.abandon();
        }
    }

    synchronized Counts counts() {
        return batch == null ? NOTHING : batch.counts();
    }

    synchronized Use used() {
        return batch == null ? Use.NONE : batch.used();
    }

    /** Says how far it is, as long as it runs. */
    synchronized void tell() throws IOException {
        if (!over) {
            status.write(new Result(State.IN_PROGRESS, counts(), used(), null, null));
        }
    }

    private synchronized void tell(Result last) throws IOException {
        over = true;
        status.write(last);
    }

    /** Runs it to its end. */
    Result run(Places places, java.time.Clock clock, String runId, Consumer<BatchLine> pipeline) {
        Result result = result(places, clock, runId, pipeline);
        try {
            tell(result);
        } catch (IOException e) {
            return new Result(State.STOPPED, counts(), used(), Stop.Kind.OUTPUT, "cannot write its status: " + e);
        }
        return result;
    }

    private Result result(Places places, java.time.Clock clock, String runId, Consumer<BatchLine> pipeline) {
        try (Batch opened = Batch.open(job.files(), job.settings(), places, clock, runId, Standard.none())) {
            begin(opened);
            tell(); // before the first call: where there is no room for this, there may be none for an answer
            opened.catchUp();
            opened.countAhead();
            opened.send(pipeline);
            opened.awaitEnds();
            opened.close();
            return ended(opened);
        } catch (BatchBusyException e) {
            return new Result(State.STOPPED, counts(), used(), Stop.Kind.OUTPUT, e.getMessage());
        } catch (BatchRefusedException e) {
            return new Result(State.FAILED, counts(), used(), Stop.Kind.INPUT, e.getMessage());
        } catch (IOException | RuntimeException e) {
            return new Result(State.STOPPED, counts(), used(), Stop.Kind.OUTPUT, "cannot be written: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Result(State.STOPPED, counts(), used(), null, null);
        }
    }

    private synchronized void begin(Batch opened) {
        batch = opened;
        if (stopped) {
            opened.stop();
        }
    }

    private synchronized Result ended(Batch opened) {
        Counts counts = opened.counts();
        Stop stop = opened.stopped();
        if (counts.complete()) {
            return new Result(State.COMPLETED, counts, opened.used(), null, null);
        }
        if (cancelled) {
            return new Result(State.CANCELLED, counts, opened.used(), null, null);
        }
        if (stop == null) {
            return new Result(State.STOPPED, counts, opened.used(), null, null);
        }
        State state = stop.kind() == Stop.Kind.INPUT ? State.FAILED : State.STOPPED;
        return new Result(state, counts, opened.used(), stop.kind(), stop.whyInServer());
    }
}
