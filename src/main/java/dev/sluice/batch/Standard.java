package dev.sluice.batch;

import java.io.InputStream;
import java.io.OutputStream;

/** What {@code -} stands for. */
public record Standard(InputStream input, OutputStream output) {

    /** For batches that name files only. */
    static Standard none() {
        return new Standard(InputStream.nullInputStream(), OutputStream.nullOutputStream());
    }
}
