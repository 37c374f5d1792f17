package dev.sluice.call;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.http.io.entity.HttpEntityWrapper;
import org.apache.hc.core5.util.Timeout;

/**
 * A stream whose head has come: its first event may take as long as a response may take to begin, since a model may
 * think before it speaks; from then on the time between two reads is bounded by the idle timeout.
 */
final class FirstEvent extends HttpEntityWrapper {
    private final HttpClientConnection connection;
    private final Timeout idle;
    private final long startNanos;
    private final long firstByteNanos;

    /**
     * @param connection its socket timeout is the time in which the first event must come
     * @param startNanos when the request was sent ({@link System#nanoTime})
     */
    FirstEvent(HttpEntity stream, HttpClientConnection connection, Timeout idle, long startNanos) {
        super(stream);
        this.connection = connection;
        this.idle = idle;
        this.startNanos = startNanos;
        Timeout firstByte = connection.getSocketTimeout();
        this.firstByteNanos = firstByte.isDisabled() ? Long.MAX_VALUE : firstByte.toNanoseconds();
    }

    /** No event came in time. */
    static final class FirstEventTimeoutException extends SocketTimeoutException {
        FirstEventTimeoutException() {
            super("Read timed out");
        }
    }

    @Override
    public InputStream getContent() throws IOException {
        return new FilterInputStream(super.getContent()) {
            private boolean begun;
            private boolean inComment;
            private boolean atLineStart = true;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                if (begun) {
                    return super.read(buffer, offset, length);
                }
                try {
                    waitNoLongerThanIsLeft();
                    int read = super.read(buffer, offset, length);
                    if (saysMoreThanComments(buffer, offset, read)) {
                        begun = true;
                        connection.setSocketTimeout(idle);
                    }
                    return read;
                } catch (SocketTimeoutException e) {
                    throw new FirstEventTimeoutException();
                }
            }

            /** Each comment would begin the socket's own timeout anew. */
            private void waitNoLongerThanIsLeft() throws FirstEventTimeoutException {
                long left = TimeUnit.NANOSECONDS.toMillis(firstByteNanos - (System.nanoTime() - startNanos));
                if (left <= 0) {
                    throw new FirstEventTimeoutException();
                }
                connection.setSocketTimeout(Timeout.ofMilliseconds(left));
            }

            /** Comments keep a connection alive while the model thinks: they are no event. */
            private boolean saysMoreThanComments(byte[] buffer, int offset, int read) {
                for (int i = offset; i < offset + read; i++) {
                    boolean lineEnd = buffer[i] == '\n' || buffer[i] == '\r';
                    inComment = !lineEnd && (inComment || (atLineStart && buffer[i] == ':'));
                    atLineStart = lineEnd;
                    if (!lineEnd && !inComment) {
                        return true;
                    }
                }
                return false;
            }
        };
    }
}
