package dev.sluice.batch;

/**
 * A set of 64-bit hashes: an open hash table without boxes. It takes 9.4 bytes for each member that was expected; beyond them
 * it grows, to 9.4 to 12.3 bytes for each member, and while it does old and new table are there together. A value's place is
 * its share of the table's length, so any length will do, and growing copies from left to right. Zero is not a member and
 * never becomes one: it stands for an empty place.
 */
final class LongSet {
    private static final double MAX_LOAD = 0.85;
    private static final double GROWTH = 1.3;

    private long[] table = new long[1024];
    private int size;

    /** Makes room for so many members at once. */
    void expect(long members) {
        int length = (int) Math.min(Integer.MAX_VALUE - 8, (long) (members / MAX_LOAD) + 16);
        if (length > table.length) {
            grow(length);
        }
    }

    /** Whether it was not there before. */
    boolean add(long value) {
        if (value == 0) {
            throw new IllegalArgumentException("0 cannot be a member");
        }
        if (size >= table.length * MAX_LOAD) {
            grow((int) Math.min(Integer.MAX_VALUE - 8, (long) (table.length * GROWTH)));
        }
        int place = place(table, value);
        if (table[place] == value) {
            return false;
        }
        table[place] = value;
        size++;
        return true;
    }

    private void grow(int length) {
        long[] larger = new long[length];
        for (long value : table) {
            if (value != 0) {
                larger[place(larger, value)] = value;
            }
        }
        table = larger;
    }

    /** Where a value is, or belongs. */
    private static int place(long[] table, long value) {
        int place = (int) ((value >>> 32) * table.length >>> 32);
        while (table[place] != 0 && table[place] != value) {
            place = place + 1 == table.length ? 0 : place + 1;
        }
        return place;
    }
}
