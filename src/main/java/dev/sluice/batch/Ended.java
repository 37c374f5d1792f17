package dev.sluice.batch;

/**
 * A line that has come to its end.
 *
 * @param number of the line
 * @param id a hash of its custom id, 0 if it does not own one
 * @param failed whether it goes to the errors
 * @param json what is written, without the end of the line
 * @param use what it has used
 */
record Ended(long number, long id, boolean failed, byte[] json, Use use) {}
