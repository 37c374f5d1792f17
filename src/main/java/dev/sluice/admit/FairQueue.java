package dev.sluice.admit;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * Those who wait, in the order in which they are to be served: tenants share by their weights, and within a tenant each
 * priority has twice the share of the one below; first come, first served within both. Pure; not thread-safe.
 *
 * <p>What is shared is cost, not turns: a call of a minute's tokens counts for what it keeps others from. A share that is
 * not asked for is everybody else's, so nothing is kept back; and nobody starves: a priority of 1 beside one of 6 gets a
 * part in 33. A newcomer waits for those of its own kind, and for about one call of everybody else.
 *
 * @param <E> what waits
 */
final class FairQueue<E> {
    private final ToDoubleFunction<String> weights;
    private final Turns<String> turns = new Turns<>();
    private final Map<String, Tenant<E>> tenants = new HashMap<>();
    private int size;
    private long total;

    /** One that waits; no two are equal. */
    static final class Place<E> {
        private final String tenant;
        private final int priority;
        private final long cost;
        private final E element;

        private Place(String tenant, int priority, long cost, E element) {
            this.tenant = tenant;
            this.priority = priority;
            this.cost = cost;
            this.element = element;
        }
    }

    /** Those of one tenant who wait. */
    private static final class Tenant<E> {
        final Turns<Integer> turns = new Turns<>();
        final Map<Integer, Line<E>> lines = new HashMap<>();
    }

    /** Those of one tenant and priority who wait. */
    private static final class Line<E> {
        final Set<Place<E>> places = new LinkedHashSet<>();
        long cost;
    }

    /** @param weights of each tenant, more than 0; asked when it is served */
    FairQueue(ToDoubleFunction<String> weights) {
        this.weights = weights;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /**
     * Waits from now on.
     *
     * @param priority the higher, the more urgent
     * @param cost what it takes of what is shared, more than 0
     */
    Place<E> add(String tenant, int priority, long cost, E element) {
        Place<E> place = new Place<>(tenant, priority, Math.max(1, cost), element);
        Tenant<E> of = tenants.computeIfAbsent(tenant, t -> new Tenant<>());
        Line<E> line = of.lines.computeIfAbsent(priority, p -> new Line<>());
        line.places.add(place);
        line.cost += place.cost;
        total += place.cost;
        of.turns.wants(priority);
        turns.wants(tenant);
        size++;
        return place;
    }

    /**
     * Serves the next.
     *
     * @throws NoSuchElementException if nobody waits
     */
    E take() {
        String name = turns.next();
        Tenant<E> tenant = of(name);
        int priority = tenant.turns.next();
        Place<E> served = line(tenant, priority).places.iterator().next();
        remove(tenant, served);
        tenant.turns.served(Math.scalb((double) served.cost, -priority), stays(tenant, priority));
        turns.served(served.cost / weights.applyAsDouble(name), stays(name));
        return served.element;
    }

    /** Does not want to wait any longer; false if it was served or removed before. */
    boolean remove(Place<E> place) {
        Tenant<E> tenant = tenants.get(place.tenant);
        if (tenant == null || !remove(tenant, place)) {
            return false;
        }
        if (!stays(tenant, place.priority)) {
            tenant.turns.leaves(place.priority);
        }
        if (!stays(place.tenant)) {
            turns.leaves(place.tenant);
        }
        return true;
    }

    /**
     * What is served before somebody who would come now, as cost: of its own line all, of the others as much as they are
     * served meanwhile.
     */
    long before(String tenant, int priority) {
        Tenant<E> own = tenants.get(tenant);
        Line<E> line = own == null ? null : own.lines.get(priority);
        if (own == null || line == null) {
            return 0;
        }
        double weight = tenants.keySet().stream().mapToDouble(weights).sum();
        double urgency =
                own.lines.keySet().stream().mapToDouble(p -> Math.scalb(1.0, p)).sum();
        double share = weights.applyAsDouble(tenant) / weight * Math.scalb(1.0, priority) / urgency;
        return (long) Math.min(total, line.cost / share);
    }

    private boolean remove(Tenant<E> tenant, Place<E> place) {
        Line<E> line = tenant.lines.get(place.priority);
        if (line == null || !line.places.remove(place)) {
            return false;
        }
        line.cost -= place.cost;
        total -= place.cost;
        size--;
        return true;
    }

    /** Whether others of the same priority wait; if not, their line is taken away. */
    private static <E> boolean stays(Tenant<E> tenant, int priority) {
        if (line(tenant, priority).places.isEmpty()) {
            tenant.lines.remove(priority);
            return false;
        }
        return true;
    }

    /** Whether others of the same tenant wait; if not, it is taken away. */
    private boolean stays(String name) {
        if (of(name).lines.isEmpty()) {
            tenants.remove(name);
            return false;
        }
        return true;
    }

    private Tenant<E> of(String name) {
        Tenant<E> tenant = tenants.get(name);
        if (tenant == null) {
            throw new IllegalStateException(name + " has a turn and nobody who waits");
        }
        return tenant;
    }

    private static <E> Line<E> line(Tenant<E> tenant, int priority) {
        Line<E> line = tenant.lines.get(priority);
        if (line == null) {
            throw new IllegalStateException(priority + " has a turn and nobody who waits");
        }
        return line;
    }
}
