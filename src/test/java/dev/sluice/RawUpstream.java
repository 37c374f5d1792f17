package dev.sluice;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An upstream that answers every request with bytes as they are and then neither sends more nor closes the connection
 * (unless the bytes say {@code Connection: close}): for what the sandbox, being a proper HTTP server, cannot do.
 */
final class RawUpstream implements AutoCloseable {
    private final ServerSocket server;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<Socket> connections = new CopyOnWriteArrayList<>();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private volatile List<String> responses = List.of();

    RawUpstream() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/v1";
    }

    /** @param texts the answer to each request, the last one to all that follow; lines end in LF here, in CRLF on the wire */
    void answers(String... texts) {
        responses = Arrays.stream(texts).map(text -> text.replace("\n", "\r\n")).toList();
        requests.clear();
        answered.set(0);
    }

    /** The heads of the requests since then. */
    List<String> requests() {
        return requests;
    }

    /** How many answers have been taken to their last byte since then. */
    int answered() {
        return answered.get();
    }

    /** How many connections are open. */
    int open() {
        return open.get();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket connection : connections) {
            connection.close();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket connection = server.accept();
                connections.add(connection);
                start(() -> serve(connection));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(Socket connection) {
        open.incrementAndGet();
        try {
            for (String head = head(connection.getInputStream());
                    !head.isEmpty();
                    head = head(connection.getInputStream())) {
                int length = Integer.parseInt(head.replaceAll("(?is).*content-length: *(\\d+).*", "$1"));
                connection.getInputStream().skipNBytes(length);
                requests.add(head);
                String response = responses.get(Math.min(requests.size(), responses.size()) - 1);
                connection.getOutputStream().write(response.getBytes(StandardCharsets.UTF_8));
                answered.incrementAndGet();
                if (response.contains("Connection: close")) {
                    connection.close();
                    return;
                }
            }
        } catch (IOException e) {
            // the client has gone
        } finally {
            open.decrementAndGet();
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "raw-upstream");
        thread.setDaemon(true);
        thread.start();
    }
}
