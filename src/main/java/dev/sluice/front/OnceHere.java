package dev.sluice.front;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** For a node without any Redis: in memory, at most {@value #MOST} names, and only as long as it runs. */
final class OnceHere implements Once {
    private static final int MOST = 10_000;

    private final Duration retention;
    private final Clock clock;
    private final Map<String, Entry> entries = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, OnceHere.Entry> eldest) {
            return size() > MOST;
        }
    };

    private record Entry(Known known, Instant until) {}

    OnceHere(Duration retention, Clock clock) {
        this.retention = retention;
        this.clock = clock;
    }

    @Override
    public synchronized CompletionStage<Optional<Known>> claim(String name, String bodyHash) {
        Entry entry = entries.get(name);
        if (entry != null && entry.until.isAfter(clock.instant())) {
            return CompletableFuture.completedFuture(Optional.of(entry.known));
        }
        put(name, new Known(bodyHash, null), LEASE);
        return CompletableFuture.completedFuture(Optional.empty());
    }

    @Override
    public synchronized void renew(String name, String bodyHash) {
        put(name, new Known(bodyHash, null), LEASE);
    }

    @Override
    public synchronized CompletionStage<Void> keep(String name, Known done) {
        put(name, done, retention);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public synchronized CompletionStage<Void> release(String name) {
        entries.remove(name);
        return CompletableFuture.completedFuture(null);
    }

    private void put(String name, Known known, Duration howLong) {
        entries.put(name, new Entry(known, clock.instant().plus(howLong)));
    }
}
