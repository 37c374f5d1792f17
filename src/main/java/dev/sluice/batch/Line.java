package dev.sluice.batch;

/**
 * One line of a JSONL file that is not blank.
 *
 * @param number from 1, blank lines counted
 * @param before where it begins in the (unpacked) file
 * @param bytes without its end; empty if it is {@code tooLong}
 * @param length how many bytes it has
 * @param tooLong whether it is longer than the reader keeps
 */
record Line(long number, Mark before, byte[] bytes, long length, boolean tooLong) {}
