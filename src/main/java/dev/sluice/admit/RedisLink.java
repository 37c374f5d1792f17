package dev.sluice.admit;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.api.options.OptionalOptions;
import org.redisson.client.RedisTimeoutException;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/**
 * The way to Redis: runs scripts, each bounded in time, and never blocks the caller.
 *
 * <p>Redis may be away at the start: then every call fails at once, and every call sees to it that a connection is
 * being tried in the background. Once there is a client, Redisson itself connects again whenever needed.
 *
 * <p>Redisson sends a script by its hash and, should Redis not know it (after SCRIPT FLUSH or a restart), loads it and
 * sends again. That is safe: an unknown script did nothing. Nothing else is ever sent twice, as a script whose answer
 * is missing may well have run.
 */
public final class RedisLink implements AutoCloseable {
    /** The longest that a caller waits for an answer. */
    static final Duration TIMEOUT = Duration.ofMillis(250);

    private static final Duration FIRST_CONNECT = Duration.ofSeconds(2);
    private static final OptionalOptions OPTIONS = OptionalOptions.defaults()
            .codec(StringCodec.INSTANCE)
            .timeout(TIMEOUT)
            .retryAttempts(0);

    private final Config config;
    private final ThreadFactory threads;
    private final ExecutorService answers;
    private final AtomicInteger lateInARow = new AtomicInteger();
    private volatile CompletableFuture<RedissonClient> opening;
    private volatile boolean closed;

    private RedisLink(Config config) {
        this.config = config;
        this.threads = task -> {
            Thread thread = new Thread(task, "sluice-redis");
            thread.setDaemon(true);
            return thread;
        };
        this.answers = Executors.newFixedThreadPool(2, threads);
        this.opening = open();
    }

    /**
     * Opens the link; waits at most 2 s for Redis, and goes on without it.
     *
     * @param url see {@code redis.url}
     * @throws IllegalArgumentException if the URL is not understood
     */
    public static RedisLink open(String url) {
        RedisLink link = new RedisLink(RedisUrl.config(url));
        try {
            link.opening.get(FIRST_CONNECT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // the first call says so, and goes on trying
        }
        return link;
    }

    /** The client, for whatever else uses this Redis; empty while there never was a connection. */
    public Optional<RedissonClient> client() {
        CompletableFuture<RedissonClient> last = lastOpening();
        return last.isDone() && !last.isCompletedExceptionally() ? Optional.of(last.join()) : Optional.empty();
    }

    /** The same for a command that has time: waits so long for a connection that is being made. */
    public Optional<RedissonClient> client(Duration patience) {
        try {
            return Optional.of(lastOpening().get(patience.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // there is none
        }
        return Optional.empty();
    }

    /** Runs tasks so much later, on a thread of this link. */
    Executor after(Duration delay) {
        return CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS, answers);
    }

    /** What came of the last attempt to connect; begins another one if that failed. */
    private CompletableFuture<RedissonClient> lastOpening() {
        CompletableFuture<RedissonClient> last = opening;
        if (last.isCompletedExceptionally()) {
            openAgain(last);
        }
        return last;
    }

    private synchronized void openAgain(CompletableFuture<RedissonClient> failed) {
        if (opening == failed && !closed) {
            opening = open();
        }
    }

    /**
     * Runs a script that returns a list of integers.
     *
     * @return completes within {@link #TIMEOUT} on a thread of this link; the only failure is a
     *     {@link RedisAwayException}
     */
    CompletionStage<List<Long>> run(Script script, List<Object> keys, Object... arguments) {
        return sent(script, keys, arguments)
                .orTimeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .handleAsync(this::answer, answers)
                .thenCompose(answered -> answered);
    }

    /** The same, of no account for whether Redis is away: nobody waits for the answer. */
    CompletionStage<List<Long>> runAside(Script script, List<Object> keys, Object... arguments) {
        return sent(script, keys, arguments)
                .orTimeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .handleAsync(
                        (answer, failure) -> answer != null
                                ? CompletableFuture.completedFuture(answer)
                                : CompletableFuture.<List<Long>>failedFuture(RedisAwayException.once("no answer")),
                        answers)
                .thenCompose(answered -> answered);
    }

    private CompletableFuture<List<Long>> sent(Script script, List<Object> keys, Object... arguments) {
        CompletableFuture<RedissonClient> last = lastOpening();
        if (!last.isDone()) {
            return CompletableFuture.failedFuture(new RedisAwayException("connecting"));
        }
        try {
            return last.join()
                    .getScript(OPTIONS)
                    .<List<Long>>evalAsync(
                            RScript.Mode.READ_WRITE, script.text(), RScript.ReturnType.MULTI, keys, arguments)
                    .toCompletableFuture()
                    .copy();
        } catch (RuntimeException e) { // never connected, or shutting down
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletableFuture<List<Long>> answer(@Nullable List<Long> answer, @Nullable Throwable failure) {
        if (answer != null) {
            lateInARow.set(0);
            return CompletableFuture.completedFuture(answer);
        }
        if (failure == null || late(failure)) {
            String reason = "no answer within " + TIMEOUT.toMillis() + " ms";
            return CompletableFuture.failedFuture(
                    lateInARow.incrementAndGet() == 1
                            ? RedisAwayException.once(reason)
                            : new RedisAwayException(reason + ", twice in a row"));
        }
        return CompletableFuture.failedFuture(RedisAwayException.of(failure));
    }

    /** By this link's patience, or by Redisson's: they are the same. */
    private static boolean late(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof TimeoutException || cause instanceof RedisTimeoutException;
    }

    private CompletableFuture<RedissonClient> open() {
        CompletableFuture<RedissonClient> opened = new CompletableFuture<>();
        threads.newThread(() -> {
                    try {
                        opened.complete(Redisson.create(config));
                    } catch (Throwable e) { // an Error too: else the link would be connecting for ever
                        opened.completeExceptionally(e);
                    }
                })
                .start();
        return opened;
    }

    @Override
    public synchronized void close() {
        closed = true;
        opening.thenAccept(client -> client.shutdown(0, 2, TimeUnit.SECONDS));
        answers.shutdown();
    }
}
