package dev.sluice.batch;

/**
 * How far a file was read.
 *
 * @param lines lines read that are not blank
 * @param bytes bytes read
 * @param crc CRC-32 of these bytes
 */
record Position(long lines, long bytes, long crc) {
    static final Position START = new Position(0, 0, 0);
}
