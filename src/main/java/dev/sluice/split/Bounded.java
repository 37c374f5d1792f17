package dev.sluice.split;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that is read up to so many bytes: one that sends nothing but comments has no other end. */
final class Bounded extends FilterInputStream {
    private long left;

    Bounded(InputStream in, long maxBytes) {
        super(in);
        this.left = maxBytes;
    }

    /** There is more than may be read. */
    static final class TooLongException extends IOException {}

    @Override
    public int read() throws IOException {
        int value = super.read();
        count(value < 0 ? 0 : 1);
        return value;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = super.read(buffer, offset, length);
        count(Math.max(0, read));
        return read;
    }

    private void count(int read) throws TooLongException {
        left -= read;
        if (left < 0) {
            throw new TooLongException();
        }
    }
}
