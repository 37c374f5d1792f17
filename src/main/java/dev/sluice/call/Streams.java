package dev.sluice.call;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hc.core5.http.io.EofSensorInputStream;

/** How a response stream ends before its end. */
public final class Streams {

    private static final long PATIENCE_MS = 250;

    private Streams() {}

    /** Closes the connection under a response; {@code close()} would read the rest first, for as long as it takes. */
    public static void abort(InputStream response) {
        try {
            if (response instanceof EofSensorInputStream stream) {
                stream.abort();
            } else {
                response.close();
            }
        } catch (IOException e) {
            // the connection is broken, which is what was wanted
        }
    }

    /**
     * Reads the last of a response that has said all it had to say, so that its connection can serve again; a server
     * that holds the connection open after its last word is left after a moment.
     */
    public static void finish(InputStream response, ScheduledExecutorService timer) {
        Future<?> patience = timer.schedule(() -> abort(response), PATIENCE_MS, TimeUnit.MILLISECONDS);
        try {
            response.skipNBytes(Long.MAX_VALUE);
        } catch (IOException e) {
            // the end, or the end of patience
        } finally {
            patience.cancel(false);
        }
    }
}
