package dev.sluice.admit;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * All limits of a node, each made when a call is first charged to it, at most {@value #MOST}: of those that are not in use, the one
 * that was used longest ago makes room. Should all be in use, further calls share the limit {@value #OVERFLOW}. So nobody who
 * invents names fills the memory, or gets more than that many limits.
 *
 * <p>Thread-safe; never blocks, but for {@link #close}.
 */
public final class Limits implements Limiter {
    /** How many limits a node knows at once. */
    static final int MOST = 1_000;

    /** The limit of those whose own there is no room for. */
    static final String OVERFLOW = "overflow";

    private static final Duration UNUSED_AFTER = Duration.ofMinutes(1);

    private final LimitRules rules;
    private final @Nullable RedisLink link;
    private final ToDoubleFunction<String> weights;
    private final NodePlaces places;
    private final Optional<InFlight.Bounds> bounds;
    private final FallbackLimiter.WithoutRedis without;
    private final ScheduledExecutorService timer;
    private final MeterRegistry meters;
    private final LongSupplier nanos;
    private final Map<String, Entry> limits = new ConcurrentHashMap<>();

    /** One limit in use. */
    private final class Entry {
        final Limit limit;
        final PacedLimiter shared;
        final FairLimiter fair;
        final List<Meter> meters;
        volatile long used = nanos.getAsLong();

        Entry(Limit limit, PacedLimiter shared, FairLimiter fair, List<Meter> meters) {
            this.limit = limit;
            this.shared = shared;
            this.fair = fair;
            this.meters = meters;
        }

        boolean unused() {
            return unusedFor(UNUSED_AFTER) && fair.idle();
        }

        boolean unusedFor(Duration time) {
            return nanos.getAsLong() - used > time.toNanos();
        }
    }

    /**
     * @param link to the Redis that nodes share, closed with the limits; null: each limit is this node's alone
     * @param weights of tenants, by name ({@code tenants.<name>.weight})
     * @param inFlight calls in flight of each limit over all nodes; empty: as many as there are
     * @param without what becomes of calls while Redis is away ({@code limit.without-redis})
     * @param maxConcurrent calls in flight of this node, whatever their limit ({@code throttle.max-concurrent})
     */
    public Limits(
            LimitRules rules,
            @Nullable RedisLink link,
            ToDoubleFunction<String> weights,
            Optional<InFlight.Bounds> inFlight,
            FallbackLimiter.WithoutRedis without,
            int maxConcurrent,
            ScheduledExecutorService timer,
            MeterRegistry meters) {
        this(rules, link, weights, inFlight, without, maxConcurrent, timer, meters, System::nanoTime);
    }

    /** @param nanos the clock that tells how long a limit was not used */
    Limits(
            LimitRules rules,
            @Nullable RedisLink link,
            ToDoubleFunction<String> weights,
            Optional<InFlight.Bounds> inFlight,
            FallbackLimiter.WithoutRedis without,
            int maxConcurrent,
            ScheduledExecutorService timer,
            MeterRegistry meters,
            LongSupplier nanos) {
        this.rules = rules;
        this.link = link;
        this.weights = weights;
        this.bounds = inFlight;
        this.without = without;
        this.places = new NodePlaces(maxConcurrent);
        this.timer = timer;
        this.meters = meters;
        this.nanos = nanos;
        meters.gauge("sluice.limiter.limits", limits, Map::size);
        if (link != null) {
            meters.gauge("sluice.limiter.degraded", this, Limits::degraded);
        }
    }

    @Override
    public CompletionStage<Permit> acquire(Reservation reservation) {
        Entry entry = entry(reservation.key());
        return entry.fair.acquire(reservation.at(entry.limit.key()));
    }

    @Override
    public Duration expectedWait(Reservation reservation) {
        return entry(reservation.key()).fair.expectedWait(reservation);
    }

    @Override
    public CompletionStage<Permit> renew(Permit permit, Duration left) {
        return entry(permit.key()).fair.renew(permit, left);
    }

    @Override
    public CompletionStage<Void> settle(Permit permit, Settlement settlement) {
        return entry(permit.key()).fair.settle(permit, settlement);
    }

    /** Makes a limit that will be needed, so that its metrics are there from the start. */
    public void prepare(String key) {
        entry(key);
    }

    /** Sends what is to be settled, and waits for Redis to take it, for two commands at most. */
    @Override
    public void close() {
        CompletableFuture.allOf(limits.values().stream()
                        .map(entry -> entry.fair.finish())
                        .toArray(CompletableFuture[]::new))
                .join();
        if (link != null) {
            link.close();
        }
    }

    /** How many limits are known. */
    int known() {
        return limits.size();
    }

    private Entry entry(String key) {
        Entry entry = limits.get(key);
        if (entry == null || entry.unusedFor(UNUSED_AFTER.dividedBy(2))) {
            return kept(key);
        }
        entry.used = nanos.getAsLong();
        return entry;
    }

    /** One that makes room soon is used under the lock: else a permit could be of a limit that is not known any more. */
    private synchronized Entry kept(String key) {
        boolean full = !limits.containsKey(key) && limits.size() >= MOST && !makeRoom();
        Entry entry = limits.computeIfAbsent(full ? OVERFLOW : key, this::made);
        entry.used = nanos.getAsLong();
        return entry;
    }

    private boolean makeRoom() {
        return limits.entrySet().stream()
                .filter(entry -> entry.getValue().unused())
                .min(Comparator.comparingLong(entry -> entry.getValue().used))
                .map(oldest -> {
                    limits.remove(oldest.getKey());
                    oldest.getValue().meters.forEach(meters::remove);
                    oldest.getValue().fair.finish(); // else it would look for a Redis that is away for ever
                    return true;
                })
                .orElse(false);
    }

    private Entry made(String key) {
        Limit limit = rules.limit(key);
        Optional<InFlight> inFlight = bounds.map(of -> new InFlight(key, of, link, places, timer, nanos));
        LongSupplier nodes = () -> inFlight.map(InFlight::nodes).orElse(1L);
        PacedLimiter shared = link == null ? new LocalLimiter(limit) : new FallbackLimiter(limit, link, without, nodes);
        Places of = inFlight.map(Places.class::cast).orElse(places);
        FairLimiter fair = new FairLimiter(limit, shared, weights, of, timer, nanos);
        List<Meter> bound = new ArrayList<>(LimiterMeters.bind(meters, limit, shared));
        inFlight.ifPresent(each -> bound.add(LimiterMeters.bind(meters, limit, each)));
        return new Entry(limit, shared, fair, bound);
    }

    private double degraded() {
        return limits.values().stream()
                        .anyMatch(entry -> entry.shared instanceof FallbackLimiter limiter
                                && limiter.mode() == FallbackLimiter.Mode.LOCAL)
                ? 1
                : 0;
    }
}
