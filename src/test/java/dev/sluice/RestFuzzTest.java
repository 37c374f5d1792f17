package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Malformed, oversized, hostile and aborted requests: each is answered with a 4xx in the error shape, or not at all if its
 * sender did not wait for it, and good requests are still answered. So many as the property {@code fuzz.requests} says
 * ({@code mvn -Pfuzz test}: 100,000).
 */
class RestFuzzTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int REQUESTS = Integer.getInteger("fuzz.requests", 400);
    private static final int SENDERS = 8;
    private static final int TIMEOUT_MS = 60_000;
    private static final long MOST_LEFT_BYTES = 32 * 1024 * 1024;
    private static final String GOOD = RestTest.chat("sandbox-echo", "hello");

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private static Path data;

    private final AtomicInteger answered = new AtomicInteger();

    @Test
    void nothingThatComesInMakesItFailOrHang() throws Exception {
        try (FrontNode front = new FrontNode(data, Map.of("rest.max-body-bytes", "50000"))) {
            front.sandbox().configure(FrontNode.QUICK.withRecord(false)); // it would keep what it was asked
            int port = URI.create(front.url()).getPort();
            assertThat(front.post("/chat/completions", GOOD).statusCode()).isEqualTo(200);
            long heapBefore = heap();
            Thread[] senders = IntStream.range(0, SENDERS)
                    .mapToObj(sender -> new Thread(() -> send(port, sender)))
                    .toArray(Thread[]::new);
            List<Throwable> faults = new java.util.concurrent.CopyOnWriteArrayList<>();
            for (Thread sender : senders) {
                sender.setUncaughtExceptionHandler((thread, fault) -> faults.add(fault));
                sender.start();
            }
            for (Thread sender : senders) {
                sender.join();
            }

            assertThat(faults).isEmpty();
            assertThat(heap() - heapBefore).as("bytes that are left of it").isLessThan(MOST_LEFT_BYTES);
            assertThat(answered).hasValueGreaterThan(REQUESTS / 2);
            assertThat(front.post("/chat/completions", GOOD).body()).contains("\"content\":\"hello\"");
            assertThat(Http.get(front.node().manage() + "/observe/health").statusCode())
                    .isEqualTo(200);
        }
    }

    /** What is still in use after a collection, in bytes. */
    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private void send(int port, int sender) {
        for (int i = sender; i < REQUESTS; i += SENDERS) {
            Random random = new Random(i);
            byte[] request = request(random);
            boolean abort = random.nextInt(10) == 0;
            try (Socket socket = new Socket("127.0.0.1", port)) {
                socket.setSoTimeout(TIMEOUT_MS);
                socket.getOutputStream().write(request);
                socket.shutdownOutput();
                if (!abort) {
                    check(i, new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1));
                }
            } catch (SocketException e) {
                // it was closed while we were still writing: its right
            } catch (IOException e) {
                throw new AssertionError("request " + i + ": " + e, e);
            }
        }
    }

    private void check(int number, String answer) throws IOException {
        if (answer.isEmpty()) {
            return; // half a request
        }
        answered.incrementAndGet();
        if (answer.startsWith("HTTP/1.1 100 ")) {
            check(number, answer.substring(answer.indexOf("\r\n\r\n") + 4));
            return;
        }
        assertThat(answer).as("request %d", number).matches("(?s)HTTP/1\\.[01] (20[02]|4\\d\\d) .*");
        if (answer.matches("(?s)HTTP/1\\.[01] 4.*") && answer.contains("\r\n\r\n{")) {
            String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
            String error = body.substring(0, body.contains("HTTP/1.1 ") ? body.indexOf("HTTP/1.1 ") : body.length());
            assertThat(JSON.readTree(error).at("/error/code").asText())
                    .as("request %d: %s", number, answer)
                    .isNotEmpty();
            assertThat(answer).doesNotContain("Exception", "\tat ");
        }
    }

    private static byte[] request(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> noise(random, 1 + random.nextInt(3000));
            case 1 -> spoilt(random, head(random, GOOD.length()) + GOOD);
            case 2 -> utf8(body(random, "[".repeat(1 + random.nextInt(40_000))));
            case 3 -> utf8(body(random, "{\"model\":\"m\",\"messages\":" + value(random, 0) + "}"));
            case 4 -> utf8(body(random, "x".repeat(random.nextInt(120_000))));
            default -> utf8(body(random, new String(spoilt(random, GOOD), StandardCharsets.ISO_8859_1)));
        };
    }

    private static String body(Random random, String body) {
        return head(random, utf8(body).length) + body;
    }

    private static String head(Random random, int length) {
        String[] paths = {
            "/v1/chat/completions",
            "/v1/embeddings",
            "/v1/responses",
            "/v1/completions",
            "/v1/%2e%2e/x?a=b",
            "/v1/embeddings?x=%zz"
        };
        String[] odd = {
            "",
            "CamelHttpUri: http://127.0.0.1:1/\r\n",
            "Idempotency-Key: " + "k".repeat(random.nextInt(400)) + "\r\n",
            "Prefer: respond-async\r\n",
            "X: " + "y".repeat(random.nextInt(20_000)) + "\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Expect: 100-continue\r\n",
            "Upgrade: websocket\r\nConnection: Upgrade\r\n",
            "Content-Encoding: gzip\r\n"
        };
        return "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n"
                .formatted(
                        paths[random.nextInt(paths.length)],
                        random.nextInt(3) == 0 ? odd[random.nextInt(odd.length)] : "",
                        length);
    }

    /** Some JSON of no meaning. */
    private static String value(Random random, int depth) {
        return switch (random.nextInt(depth > 6 ? 5 : 7)) {
            case 0 -> "null";
            case 1 -> Long.toString(random.nextLong());
            case 2 -> "\"\\ud800 " + Integer.toHexString(random.nextInt()) + "\"";
            case 3 -> "1e" + random.nextInt(9999);
            case 4 -> Boolean.toString(random.nextBoolean());
            case 5 -> "[" + value(random, depth + 1) + "," + value(random, depth + 1) + "]";
            default -> "{\"role\":" + value(random, depth + 1) + ",\"content\":" + value(random, depth + 1) + "}";
        };
    }

    /** Some bytes changed, or the end missing. */
    private static byte[] spoilt(Random random, String text) {
        byte[] bytes = utf8(text);
        for (int i = random.nextInt(8); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return random.nextInt(3) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }

    private static byte[] noise(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
