package dev.sluice.admit;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeSet;

/**
 * Whose turn it is among several who share something by weight: start-time fair queueing (Goyal, Vin, Cheng 1996). Pure;
 * not thread-safe.
 *
 * <p>Whoever wants something has a <em>tag</em> on a virtual time, and the lowest tag is next. What it is served moves its
 * tag by cost / weight; so those who always want something are served in proportion to their weights. The virtual time
 * is the tag of whoever was served last. Who comes, or comes back, starts there: nobody saves up turns while wanting
 * nothing, and nobody who comes waits behind what others have had to wait for.
 *
 * <p>Worked example, A with weight 3, B with weight 1, each cost 30: A (tag 0) is served and moves to 10, B (0) to 30, then
 * A twice more, to 20 and 30; B, who came to 30 earlier, is next, and A has had three of four. Who comes now starts at 20.
 *
 * @param <K> who, by equals
 */
final class Turns<K> {
    private final Map<K, Turn<K>> turns = new HashMap<>();
    private final TreeSet<Turn<K>> wanting = new TreeSet<>(order());
    private final TreeSet<Turn<K>> content = new TreeSet<>(order());
    private double time;
    private long lastNumber;

    /** @param number of two with the same tag the lower one is first */
    private record Turn<K>(K who, double tag, long number) {}

    private static <K> Comparator<Turn<K>> order() {
        return Comparator.comparingDouble((Turn<K> turn) -> turn.tag).thenComparingLong(turn -> turn.number);
    }

    /** Somebody who wanted nothing wants something. */
    void wants(K who) {
        Turn<K> before = turns.get(who);
        if (before != null && !content.remove(before)) {
            return; // wants already
        }
        put(wanting, who, before == null ? time : Math.max(time, before.tag));
    }

    /** Nobody wants anything. */
    boolean isEmpty() {
        return wanting.isEmpty();
    }

    /** Whose turn it is. */
    K next() {
        if (wanting.isEmpty()) {
            throw new NoSuchElementException("nobody wants anything");
        }
        return wanting.first().who;
    }

    /**
     * Whose turn it was has been served.
     *
     * @param share what it took, as cost / weight; more than 0
     * @param more whether it wants more
     */
    void served(double share, boolean more) {
        Turn<K> served = wanting.pollFirst();
        if (served == null) {
            throw new NoSuchElementException("nobody wanted anything");
        }
        time = served.tag;
        put(more ? wanting : content, served.who, served.tag + share);
        forget();
    }

    /** Somebody does not want anything any more, without being served. */
    void leaves(K who) {
        Turn<K> turn = turns.get(who);
        if (turn != null && wanting.remove(turn)) {
            content.add(turn);
            forget();
        }
    }

    /** How many are known: those who want something, and those whose tag is still ahead. */
    int known() {
        return turns.size();
    }

    private void put(TreeSet<Turn<K>> among, K who, double tag) {
        Turn<K> turn = new Turn<>(who, tag, ++lastNumber);
        turns.put(who, turn);
        among.add(turn);
    }

    /** Who would start at the virtual time anyway need not be known; nor anybody, when nobody wants anything. */
    private void forget() {
        while (!content.isEmpty() && (wanting.isEmpty() || content.first().tag <= time)) {
            turns.remove(content.pollFirst().who);
        }
        if (wanting.isEmpty()) {
            time = 0;
        }
    }
}
