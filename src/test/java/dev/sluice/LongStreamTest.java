package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.intake.IntakeProperties;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An answer that is longer than the memory it passes through. */
class LongStreamTest {
    /** Sluice itself takes half of it. */
    private static final String HEAP = "-Xmx80m";

    private static final int TEXT = 16 * 1024;
    private static final int CHUNKS = 200 * 1024 * 1024 / TEXT;

    @Test
    void passesThroughALittleMemory(@TempDir Path data) throws Exception {
        try (ServerSocket upstream = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread server = new Thread(() -> serve(upstream), "long-stream");
            server.setDaemon(true);
            server.start();
            Process child = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            HEAP,
                            "-XX:+ExitOnOutOfMemoryError",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Child.class.getName(),
                            "http://127.0.0.1:" + upstream.getLocalPort() + "/v1",
                            data.toString()))
                    .redirectErrorStream(true)
                    .redirectOutput(data.resolve("log").toFile())
                    .start();
            try {
                assertThat(child.waitFor(3, TimeUnit.MINUTES)).isTrue();
                assertThat(data.resolve("log")).content().contains("delivered=" + (long) CHUNKS * TEXT + " end=stop");
            } finally {
                child.destroyForcibly();
            }
        }
    }

    private static void serve(ServerSocket upstream) {
        byte[] chunk = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}}]}\n\n"
                .formatted("a".repeat(TEXT))
                .getBytes(StandardCharsets.US_ASCII);
        try (Socket connection = upstream.accept()) {
            connection.getInputStream().read(new byte[TEXT]); // unread, it would reset the connection in the end
            OutputStream out = connection.getOutputStream();
            out.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < CHUNKS; i++) {
                out.write(chunk);
            }
            out.write("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
                    .getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // the child says what it has got
        }
    }

    /** Sluice with little memory. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) throws Exception {
            Map<String, String> settings = Map.of(
                    "upstream.url", args[0],
                    "upstream.max-answer-bytes", String.valueOf(1 << 30),
                    "throttle.max-concurrent", "4",
                    "redis.url", "",
                    "retry.max", "0");
            AtomicLong delivered = new AtomicLong();
            try (Node node = Node.start(Path.of(args[1]), settings)) {
                node.camel().addRoutes(new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("direct:count").process(piece -> delivered.addAndGet(texts(piece)));
                    }
                });
                Exchange answered = node.camel().createProducerTemplate().request("direct:pipeline", exchange -> {
                    exchange.getMessage().setBody(CallTest.chat("m", "q", true));
                    exchange.setProperty(IntakeProperties.PIECES_TO, "count");
                    exchange.setProperty(IntakeProperties.PIECES_ONLY, true);
                });
                String answer = String.valueOf(answered.getMessage().getBody(String.class));
                System.out.printf(
                        "delivered=%d end=%s failure=%s heap-mb=%d%n",
                        delivered.get(),
                        answer.contains("\"finish_reason\":\"stop\"") ? "stop" : "none",
                        answered.getException(),
                        Runtime.getRuntime().totalMemory() >> 20);
            }
        }

        private static long texts(Exchange piece) {
            String json = piece.getMessage().getBody(String.class);
            int text = json.indexOf("\"text\":\"");
            return text < 0 ? 0 : json.length() - text - "\"text\":\"\"}".length();
        }
    }
}
