package dev.sluice.admit;

/**
 * The upstream refused a call by rate (429).
 *
 * @param age how long ago it was sent, in µs
 * @param epoch the last one that was known when it was sent, see {@link Gcra}
 * @param pause how long the upstream wants to be left alone, in µs; negative if it did not say
 */
record Refusal(long age, long epoch, long pause) {}
