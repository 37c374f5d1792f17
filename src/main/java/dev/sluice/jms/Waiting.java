package dev.sluice.jms;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The messages here that wait for an answer from the queue, and the answers that came before their message. Whichever is
 * first waits for the other, so that neither is lost, and each is told once. Thread-safe.
 */
public final class Waiting {
    private static final int ENDED_LATELY = 10_000;
    private static final int PATIENCE_S = 60;

    private final EarlyAnswers early;
    private final Map<String, CompletableFuture<Taken>> messages = new HashMap<>();
    private final Map<String, Boolean> endedLately = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > ENDED_LATELY;
        }
    };
    private boolean stopped;

    /** @param folder where answers are kept that come early */
    public Waiting(Path folder, Instant now) {
        this.early = new EarlyAnswers(folder);
        early.forgetOld(now);
    }

    /**
     * An answer in the hands of its message.
     *
     * @param kept to be told whether what became of the message is on disk
     */
    record Taken(Answer answer, CompletableFuture<Boolean> kept) {}

    /** How many messages wait. */
    public synchronized int count() {
        return messages.size();
    }

    /**
     * Whether the answer is here already, so that its request need not be sent.
     *
     * @throws CollectorStoppedException if nobody may wait for it any more: then it must not be sent either
     */
    boolean has(String id) throws CollectorStoppedException {
        synchronized (this) {
            if (stopped) {
                throw new CollectorStoppedException();
            }
        }
        return early.get(id) != null; // one that cannot be read is none
    }

    /** The answer to a request, as soon as it comes; one waits for each. */
    synchronized CompletableFuture<Taken> answer(String id) {
        if (stopped) {
            return CompletableFuture.failedFuture(new CollectorStoppedException());
        }
        Answer here = early.get(id);
        if (here == null) {
            return messages.computeIfAbsent(id, any -> new CompletableFuture<>());
        }
        CompletableFuture<Boolean> kept = new CompletableFuture<>();
        kept.thenAccept(onDisk -> {
            if (onDisk) {
                ended(id);
            }
        });
        return CompletableFuture.completedFuture(new Taken(here, kept));
    }

    /** Nobody waits for it any longer. */
    synchronized void giveUp(String id) {
        messages.remove(id);
    }

    /**
     * An answer has come: gives it to its message and waits until that has its end on disk, or keeps it.
     *
     * @return whether somebody wanted it
     * @throws IOException if it can neither be used nor kept; it must stay in its queue
     */
    boolean came(Answer answer) throws IOException, InterruptedException {
        CompletableFuture<Taken> message;
        synchronized (this) {
            message = messages.remove(answer.id());
            if (message == null) {
                if (!endedLately.containsKey(answer.id())) {
                    early.put(answer);
                }
                return false;
            }
        }
        CompletableFuture<Boolean> kept = new CompletableFuture<>();
        message.complete(new Taken(answer, kept));
        if (isKept(kept)) {
            ended(answer.id());
        } else {
            early.put(answer);
        }
        return true;
    }

    /** Whoever waits need not wait any longer: the process stops. */
    public void stop() {
        List<CompletableFuture<Taken>> waiting;
        synchronized (this) {
            stopped = true;
            waiting = new ArrayList<>(messages.values());
            messages.clear();
        }
        waiting.forEach(message -> message.completeExceptionally(new CollectorStoppedException()));
    }

    private synchronized void ended(String id) {
        endedLately.put(id, true);
        early.remove(id);
    }

    private static boolean isKept(CompletableFuture<@Nullable Boolean> kept) throws InterruptedException {
        try {
            return Boolean.TRUE.equals(kept.get(PATIENCE_S, TimeUnit.SECONDS));
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }
}
