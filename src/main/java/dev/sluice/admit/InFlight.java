package dev.sluice.admit;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The places of one limit for calls in flight that this node has of those that all nodes share, see {@link Capacity} and
 * {@code places.lua}. The node asks for more when most of its places are taken, reports every second what its calls have
 * come to, and gives up what it does not need. One place it has in any case, so a call that comes alone asks nobody.
 *
 * <p>A node that has died does not report; {@link #LEASE} later its places are the others'. While Redis is away, a node
 * goes on with its part of what there was, and learns alone. Thread-safe; never blocks.
 */
public final class InFlight implements Places {
    /** How long a node keeps its places without a report. */
    static final Duration LEASE = Duration.ofSeconds(5);

    /** The next report while all places are in use, and otherwise; in ms. */
    private static final long SOON = 100;

    private static final long REGULARLY = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(InFlight.class);

    private final Bounds bounds;
    private final @Nullable RedisLink link;
    private final Places node;
    private final ScheduledExecutorService timer;
    private final LongSupplier nanos;
    private final String limit;
    private final String key;
    private final String name = UUID.randomUUID().toString();
    private @Nullable Runnable without;
    private Capacity known;
    private long epochSince;
    private long nodes = 1;
    private long granted = 1;
    private long used;
    private long ended;
    private long overloaded;
    private long asked;
    private boolean stinted; // the last report brought less than it asked for
    private boolean reporting;
    private boolean scheduled;

    /**
     * How many calls may be in flight, over all nodes.
     *
     * @param min even if the upstream is overloaded, at least 1
     * @param max in any case, at least {@code min}
     */
    public record Bounds(long min, long max) {
        public Bounds {
            if (min < 1 || max < min) {
                throw new IllegalArgumentException(
                        "limit.min-in-flight must be 1 to limit.max-in-flight, were %d and %d".formatted(min, max));
            }
        }
    }

    /**
     * @param link null: this node is alone
     * @param node where a place is taken besides
     */
    InFlight(
            String limit,
            Bounds bounds,
            @Nullable RedisLink link,
            Places node,
            ScheduledExecutorService timer,
            LongSupplier nanos) {
        this.bounds = bounds;
        this.link = link;
        this.node = node;
        this.timer = timer;
        this.nanos = nanos;
        this.limit = limit;
        this.key = "sluice:{" + limit + "}:places";
        this.known = Capacity.fresh(bounds.max);
        this.epochSince = nanos.getAsLong();
        if (link == null) {
            granted = bounds.max;
        }
    }

    @Override
    public boolean take(Runnable whenFree) {
        boolean taken;
        boolean ask;
        synchronized (this) {
            taken = used < granted && node.take(whenFree);
            used += taken ? 1 : 0;
            without = used < granted || taken ? without : whenFree;
            ask = link != null && !stinted && scarce();
        }
        if (ask) {
            report();
        }
        schedule();
        return taken;
    }

    @Override
    public void giveBack(Settlement settlement) {
        Runnable next;
        synchronized (this) {
            used--;
            count(settlement);
            next = next();
        }
        node.giveBack(settlement);
        if (next != null) {
            next.run();
        }
    }

    /** How many calls may be in flight now, over all nodes, as far as is known here. */
    synchronized double most() {
        return known.most();
    }

    /** How many nodes use the limit, as far as is known here; at least 1. */
    synchronized long nodes() {
        return nodes;
    }

    /** Calls that began before the last cut say nothing about what is borne now; refusals by rate never do. */
    private void count(Settlement settlement) {
        boolean of = nanos.getAsLong() - settlement.age().toNanos() - epochSince >= 0;
        if (of && settlement.answered()) {
            ended++;
            overloaded += settlement.overload() ? 1 : 0;
        }
    }

    private @Nullable Runnable next() {
        if (used >= granted) {
            return null;
        }
        Runnable next = without;
        without = null;
        return next;
    }

    private boolean scarce() {
        return 4 * used >= 3 * granted;
    }

    private long wanted() {
        if (used == 0 && without == null) {
            return 0;
        }
        return scarce() ? Math.max(16, 2 * used) : used + Math.max(2, used / 4);
    }

    private void report() {
        long wanted;
        long told;
        long bad;
        long flying;
        long epoch;
        synchronized (this) {
            if (reporting) {
                return;
            }
            reporting = true;
            flying = used;
            wanted = wanted();
            asked = wanted;
            epoch = known.epoch();
            told = ended;
            bad = overloaded;
            ended = 0;
            overloaded = 0;
        }
        if (link == null) {
            alone(told, bad, flying);
            return;
        }
        link.runAside(
                        Script.PLACES,
                        List.of(key),
                        name,
                        flying,
                        wanted,
                        epoch,
                        told,
                        bad,
                        bounds.min,
                        bounds.max,
                        LEASE.toMillis(),
                        "")
                .whenComplete((answer, away) -> {
                    if (answer == null) {
                        alone(told, bad, flying);
                    } else {
                        heard(answer);
                    }
                });
    }

    private void heard(List<Long> answer) {
        heard(new Capacity(answer.get(1), 0, answer.get(2), 0, 0, 0), answer.get(3), answer.get(0));
    }

    /** This node's part of what there was, by the same rule. */
    private void alone(long told, long bad, long flying) {
        Capacity capacity = known.told(bounds.min, bounds.max, told, bad, flying * nodes);
        heard(capacity, nodes, (long) capacity.most() / nodes);
    }

    private void heard(Capacity capacity, long nodesNow, long places) {
        Runnable next;
        synchronized (this) {
            if (capacity.epoch() != known.epoch()) {
                epochSince = nanos.getAsLong();
                ended = 0;
                overloaded = 0;
            }
            if (capacity.epoch() > known.epoch()) { // else Redis has lost its places and begins anew
                LOG.info(
                        "limiter in-flight={} limit={} the upstream is overloaded, it fails a fifth of its calls or more",
                        (long) capacity.most(),
                        limit);
            }
            known = capacity;
            nodes = Math.max(1, nodesNow);
            granted = Math.max(1, places);
            stinted = places < asked;
            reporting = false;
            next = next();
        }
        if (next != null) {
            next.run();
        }
        schedule();
    }

    /** The next report, as long as there is something to tell, or to give up. */
    private void schedule() {
        long delay;
        synchronized (this) {
            boolean idle = used == 0 && without == null && (link == null || granted <= 1) && ended == 0;
            if (scheduled || reporting || idle) {
                return;
            }
            scheduled = true;
            delay = without == null ? REGULARLY : SOON;
        }
        try {
            timer.schedule(
                    () -> {
                        synchronized (this) {
                            scheduled = false;
                        }
                        report();
                    },
                    delay,
                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // Sluice has stopped: the lease ends by itself
        }
    }
}
