package dev.sluice.sandbox;

/** Numbers that look random and are a pure function of what goes in (the finalizer of SplitMix64). */
final class Mix {
    private Mix() {}

    static long of(long seed, long number) {
        long z = seed + number * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** 64 bits that stand for a text, so that texts need not be kept (FNV-1a, mixed). */
    static long of(String text) {
        long hash = 0xCBF29CE484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001B3L;
        }
        return of(hash, 1);
    }
}
