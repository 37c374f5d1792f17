package dev.sluice.sandbox;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts what happens to calls and, when told to, remembers them: the last {@value #REMEMBERED_CALLS} calls, and how
 * often each prompt was accepted (as 64 bits, about 50 bytes of heap a prompt).
 *
 * <p>Thread-safe.
 */
final class Ledger {
    private static final int REMEMBERED_CALLS = 100_000;
    private static final int PROMPT_TAG_CHARS = 200;

    private final LongSupplier nanos;
    private final long startNanos;
    private final Instant start = Instant.now();
    private final ArrayDeque<Call> calls = new ArrayDeque<>();
    private final Map<Long, Integer> acceptedPrompts = new HashMap<>();
    private long accepted;
    private long refused;
    private long failed;
    private long rejected;
    private long aborted;
    private long tokens;
    private int inFlight;
    private int maxInFlight;
    private long repeatedPrompts;
    private @Nullable Instant firstAccept;
    private @Nullable Instant lastAccept;

    Ledger(LongSupplier nanos) {
        this.nanos = nanos;
        this.startNanos = nanos.getAsLong();
    }

    synchronized void rejected(int status, boolean record) {
        rejected++;
        remember(record, new Call(sinceStart(), "", status, "", 0, false));
    }

    synchronized void refused(ChatRequest request, boolean record) {
        refused++;
        remember(record, new Call(sinceStart(), request.model(), 429, tag(request), 0, false));
    }

    /** A call is let in; it is in flight until {@link Open#end}. */
    synchronized Open begin(ChatRequest request, boolean good, boolean record) {
        long arrived = sinceStart();
        tokens += request.charge();
        inFlight++;
        maxInFlight = Math.max(maxInFlight, inFlight);
        if (good) {
            accept(request, arrived, record);
        } else {
            failed++;
        }
        return new Open(arrived, request.model(), record ? tag(request) : "", request.charge(), record);
    }

    synchronized Stats stats() {
        return new Stats(
                accepted,
                refused,
                failed,
                rejected,
                aborted,
                inFlight,
                maxInFlight,
                tokens,
                firstAccept,
                lastAccept,
                acceptedPrompts.size(),
                repeatedPrompts);
    }

    synchronized List<Call> calls() {
        return List.copyOf(calls);
    }

    /** Forgets all but the calls in flight. */
    synchronized void reset() {
        calls.clear();
        acceptedPrompts.clear();
        accepted = refused = failed = rejected = aborted = tokens = repeatedPrompts = 0;
        maxInFlight = inFlight;
        firstAccept = null;
        lastAccept = null;
    }

    private void accept(ChatRequest request, long arrived, boolean record) {
        accepted++;
        lastAccept = start.plusNanos(arrived);
        if (firstAccept == null) {
            firstAccept = lastAccept;
        }
        if (record && acceptedPrompts.merge(Mix.of(request.prompt()), 1, Integer::sum) == 2) {
            repeatedPrompts++;
        }
    }

    private void remember(boolean record, Call call) {
        if (!record) {
            return;
        }
        if (calls.size() == REMEMBERED_CALLS) {
            calls.removeFirst();
        }
        calls.addLast(call);
    }

    private long sinceStart() {
        return nanos.getAsLong() - startNanos;
    }

    private static String tag(ChatRequest request) {
        String prompt = request.prompt();
        return prompt.length() <= PROMPT_TAG_CHARS ? prompt : prompt.substring(0, PROMPT_TAG_CHARS);
    }

    /** A call in flight. */
    final class Open {
        private final long arrived;
        private final String model;
        private final String prompt;
        private final long charged;
        private final boolean record;

        private Open(long arrived, String model, String prompt, long charged, boolean record) {
            this.arrived = arrived;
            this.model = model;
            this.prompt = prompt;
            this.charged = charged;
            this.record = record;
        }

        /**
         * To be told once.
         *
         * @param status what was answered; 0 = nothing
         * @param byClient whether the client went away before the end
         */
        void end(int status, boolean byClient) {
            synchronized (Ledger.this) {
                inFlight--;
                aborted += byClient ? 1 : 0;
                remember(record, new Call(arrived, model, status, prompt, charged, byClient));
            }
        }
    }
}
