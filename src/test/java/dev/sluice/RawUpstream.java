package dev.sluice;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * An upstream that answers every request with bytes as they are and then neither sends more nor closes the connection
 * (unless the bytes say {@code Connection: close}): for what the sandbox, being a proper HTTP server, cannot do.
 */
final class RawUpstream implements AutoCloseable {
    /** An answer that is none: the connection is reset. */
    static final String RESET = "reset";

    private final ServerSocket server;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private final List<Socket> connections = new CopyOnWriteArrayList<>();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private volatile List<String> responses = List.of("");

    RawUpstream() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/v1";
    }

    /** @param texts one after another, the last for ever; lines end in LF here, in CRLF on the wire */
    void answers(String... texts) {
        requests.clear();
        answered.set(0);
        bodies.clear();
        responses = Stream.of(texts).map(text -> text.replace("\n", "\r\n")).toList();
    }

    /** A whole answer with a body in JSON; the status line may be followed by headers. */
    static String whole(String status, String body) {
        return "HTTP/1.1 %s\nContent-Type: application/json\nContent-Length: %d\n\n%s"
                .formatted(status, body.length(), body);
    }

    /** The bodies of the requests since then. */
    List<String> bodies() {
        return bodies;
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
                bodies.add(new String(connection.getInputStream().readNBytes(length), StandardCharsets.UTF_8));
                String response = next(head);
                if (response.equals(RESET)) {
                    connection.setSoLinger(true, 0);
                    connection.close();
                    return;
                }
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

    private synchronized String next(String head) {
        requests.add(head);
        return responses.get(Math.min(requests.size(), responses.size()) - 1);
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
