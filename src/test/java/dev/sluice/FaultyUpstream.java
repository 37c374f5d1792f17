package dev.sluice;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An upstream whose streams break in every way at random points: some are whole, the others are cut, reset, or fall
 * silent after any byte of head, events or end. Each has a connection of its own.
 */
final class FaultyUpstream implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final byte[] stream;
    private final Random random;

    private enum End {
        WHOLE,
        CUT,
        RESET,
        SILENT
    }

    /** @param events of a whole stream */
    FaultyUpstream(String events, long seed) throws IOException {
        stream = ("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + events)
                .getBytes(StandardCharsets.UTF_8);
        random = new Random(seed);
        start(this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/v1";
    }

    /** How many connections are open. */
    int open() {
        return open.size();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket connection : open) {
            connection.close();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket connection = server.accept();
                int draw = random.nextInt(100);
                End end = draw < 40 ? End.WHOLE : draw < 65 ? End.CUT : draw < 95 ? End.RESET : End.SILENT;
                int bytes =
                        end == End.WHOLE ? stream.length : random.nextInt(stream.length - "data: [DONE]\n\n".length());
                open.add(connection);
                start(() -> serve(connection, end, bytes));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(Socket connection, End end, int bytes) {
        try (connection) {
            skipRequest(connection.getInputStream());
            int pause = bytes / 2; // so that some of it is split before it breaks
            connection.getOutputStream().write(stream, 0, pause);
            connection.getOutputStream().write(stream, pause, bytes - pause);
            if (end == End.SILENT) {
                connection.getInputStream().read(); // until the other side gives up
            } else if (end == End.RESET) {
                connection.setSoLinger(true, 0);
            }
        } catch (IOException e) {
            // the other side has given up
        } finally {
            open.remove(connection);
        }
    }

    private static void skipRequest(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.read());
        }
        in.skipNBytes(Integer.parseInt(head.toString().replaceAll("(?is).*content-length: *(\\d+).*", "$1")));
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "faulty-upstream");
        thread.setDaemon(true);
        thread.start();
    }
}
