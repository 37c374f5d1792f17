package dev.sluice.batch;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A record of the ledger: a group of lines that are in the output files, as lengths and line numbers. On disk it is its
 * length and its CRC-32 in 8 bytes, 96 bytes for the group, and 12 for each line.
 *
 * @param read how far the input had been read
 * @param prefix every line before it was done, in this group or earlier
 * @param outputBytes how long the output is with this group
 * @param errorBytes how long the errors are
 * @param use what the lines of the group have used
 */
record LedgerRecord(Position read, Mark prefix, long outputBytes, long errorBytes, Use use, List<Entry> entries) {
    private static final int FIXED_BYTES = 96;
    /** What a line takes. */
    static final long BYTES_A_LINE = 12;

    private static final int MAX_BYTES = 64 * 1024 * 1024;

    /**
     * A line that is done.
     *
     * @param id a hash of its custom id, 0 if it owns none
     */
    record Entry(long number, long id, boolean failed) {}

    byte[] toBytes() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(read.lines());
        out.writeLong(read.bytes());
        out.writeInt((int) read.crc());
        out.writeLong(prefix.number());
        out.writeLong(prefix.lines());
        out.writeLong(prefix.bytes());
        out.writeLong(outputBytes);
        out.writeLong(errorBytes);
        out.writeLong(use.prompt());
        out.writeLong(use.completion());
        out.writeLong(use.nanos());
        long first = entries.stream().mapToLong(Entry::number).min().orElse(0);
        out.writeLong(first);
        out.writeInt(entries.size());
        for (Entry entry : entries) {
            out.writeInt(Math.toIntExact((entry.number() - first) * 2 + (entry.failed() ? 1 : 0)));
            out.writeLong(entry.id());
        }
        return framed(bytes.toByteArray());
    }

    private static LedgerRecord parse(byte[] payload) {
        ByteBuffer in = ByteBuffer.wrap(payload);
        Position read = new Position(in.getLong(), in.getLong(), Integer.toUnsignedLong(in.getInt()));
        Mark prefix = new Mark(in.getLong(), in.getLong(), in.getLong());
        long outputBytes = in.getLong();
        long errorBytes = in.getLong();
        Use use = new Use(in.getLong(), in.getLong(), in.getLong());
        long first = in.getLong();
        int count = in.getInt();
        List<Entry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int line = in.getInt();
            entries.add(new Entry(first + line / 2, in.getLong(), line % 2 == 1));
        }
        return new LedgerRecord(read, prefix, outputBytes, errorBytes, use, entries);
    }

    /** The next record; null at the end, and where a crash has torn the last one. */
    static @Nullable LedgerRecord read(DataInputStream in) throws IOException {
        byte[] payload = unframed(in);
        return payload == null ? null : parse(payload);
    }

    /** Bytes with their length and checksum before them. */
    static byte[] framed(byte[] payload) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(payload.length);
        out.writeInt(checksum(payload));
        out.write(payload);
        return bytes.toByteArray();
    }

    static byte @Nullable [] unframed(DataInputStream in) throws IOException {
        try {
            int length = in.readInt();
            int checksum = in.readInt();
            if (length <= 0 || length > MAX_BYTES) {
                return null;
            }
            byte[] payload = in.readNBytes(length);
            return payload.length == length && checksum(payload) == checksum ? payload : null;
        } catch (EOFException e) {
            return null;
        }
    }

    /** How many bytes it takes on disk. */
    long size() {
        return 8 + FIXED_BYTES + BYTES_A_LINE * entries.size();
    }

    private static int checksum(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
