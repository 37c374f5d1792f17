package dev.sluice.batch;

/**
 * A place between two lines of the input.
 *
 * @param number lines before it, blank ones too
 * @param lines lines before it that are not blank
 * @param bytes bytes before it
 */
record Mark(long number, long lines, long bytes) {
    static final Mark START = new Mark(0, 0, 0);
}
