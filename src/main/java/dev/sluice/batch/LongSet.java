package dev.sluice.batch;

/**
 * A set of 64-bit hashes in at most 16 bytes each: an open hash table without boxes, of which a million fit into 16 MiB.
 * Zero is not a member and never becomes one: it stands for an empty place.
 */
final class LongSet {
    private long[] table = new long[1024];
    private int size;

    /** Whether it was not there before. */
    boolean add(long value) {
        if (value == 0) {
            throw new IllegalArgumentException("0 cannot be a member");
        }
        if (size >= table.length / 8 * 7) {
            grow();
        }
        int place = place(table, value);
        if (table[place] == value) {
            return false;
        }
        table[place] = value;
        size++;
        return true;
    }

    private void grow() {
        long[] larger = new long[table.length * 2];
        for (long value : table) {
            if (value != 0) {
                larger[place(larger, value)] = value;
            }
        }
        table = larger;
    }

    /** Where a value is, or belongs. */
    private static int place(long[] table, long value) {
        int place = (int) value & (table.length - 1);
        while (table[place] != 0 && table[place] != value) {
            place = (place + 1) & (table.length - 1);
        }
        return place;
    }
}
