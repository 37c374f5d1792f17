package dev.sluice;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** An upstream that sends the head of a stream and then nothing but comments, one after another, for ever. */
final class TricklingUpstream implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final AtomicInteger comments = new AtomicInteger();
    private final long everyNanos;

    /** @param every the time between two comments */
    TricklingUpstream(Duration every) throws IOException {
        everyNanos = every.toNanos();
        start(this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/v1";
    }

    /** How many have been sent, on all connections. */
    int comments() {
        return comments.get();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    private void accept() {
        try {
            while (true) {
                Socket connection = server.accept();
                start(() -> serve(connection));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            InputStream in = connection.getInputStream();
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) in.read());
            }
            OutputStream out = connection.getOutputStream();
            out.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            while (true) {
                LockSupport.parkNanos(everyNanos);
                out.write(": still thinking\n\n".getBytes(StandardCharsets.US_ASCII));
                comments.incrementAndGet();
            }
        } catch (IOException e) {
            // the other side has given up
        }
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "trickling-upstream");
        thread.setDaemon(true);
        thread.start();
    }
}
