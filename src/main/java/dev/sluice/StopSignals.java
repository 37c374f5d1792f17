package dev.sluice;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;

/**
 * Ctrl-C (SIGINT) and SIGTERM while a command runs: the first runs an action that brings the command to its end in good
 * order, the second ends the process at once.
 */
final class StopSignals implements AutoCloseable {
    private enum Signal {
        INT(130),
        TERM(143);

        /** 128 and the number of the signal, as shells have it. */
        private final int exitCode;

        Signal(int exitCode) {
            this.exitCode = exitCode;
        }
    }

    private final Runnable action;
    private final AtomicReference<@Nullable Signal> first = new AtomicReference<>();
    private final List<@Nullable Object> before;

    private StopSignals(Runnable action) {
        this.action = action;
        this.before = java.util.Arrays.asList(
                Signals.register(Signal.INT.name(), () -> received(Signal.INT)),
                Signals.register(Signal.TERM.name(), () -> received(Signal.TERM)));
    }

    static StopSignals handle(Runnable action) {
        return new StopSignals(action);
    }

    /** What a command that was stopped ends with; 1 if it ended by itself. */
    int exitCode() {
        Signal signal = first.get();
        return signal == null ? 1 : signal.exitCode;
    }

    @Override
    public void close() {
        Signals.unregister(Signal.INT.name(), before.get(0));
        Signals.unregister(Signal.TERM.name(), before.get(1));
    }

    private void received(Signal signal) {
        if (first.compareAndSet(null, signal)) {
            action.run();
        } else {
            Runtime.getRuntime().halt(signal.exitCode);
        }
    }
}
