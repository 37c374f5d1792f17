package dev.sluice.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Callers that ask one after another, each over a connection of its own that it keeps, as cheaply as a socket can be used:
 * they share the machine with what they measure.
 */
final class Callers {
    private static final String BODY =
            "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"What is a sluice?\"}]}";

    private Callers() {}

    /**
     * What came of a run.
     *
     * @param latenciesNanos of each request, sorted
     * @param seconds from the first request to the last answer
     */
    record Result(long[] latenciesNanos, double seconds) {

        double perSecond() {
            return latenciesNanos.length / seconds;
        }

        double millis(double quantile) {
            return latenciesNanos[(int) Math.min(latenciesNanos.length - 1L, (long) (latenciesNanos.length * quantile))]
                    / 1e6;
        }
    }

    static Result ask(URI base, int callers, int requests) throws IOException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        AtomicInteger left = new AtomicInteger(requests);
        long start = System.nanoTime();
        try {
            List<Future<long[]>> done = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                done.add(threads.submit(() -> caller(base, left)));
            }
            long[] all = {};
            for (Future<long[]> each : done) {
                long[] latencies = each.get();
                int before = all.length;
                all = Arrays.copyOf(all, before + latencies.length);
                System.arraycopy(latencies, 0, all, before, latencies.length);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            Arrays.sort(all);
            return new Result(all, seconds);
        } catch (ExecutionException e) {
            throw new IOException("a caller was not answered: " + e.getCause(), e);
        } finally {
            threads.shutdownNow();
        }
    }

    private static long[] caller(URI base, AtomicInteger left) throws IOException {
        byte[] request = ("POST %s/chat/completions HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
                        + "Content-Length: %d\r\n\r\n%s")
                .formatted(base.getPath(), base.getAuthority(), BODY.length(), BODY)
                .getBytes(StandardCharsets.US_ASCII);
        List<Long> latencies = new ArrayList<>();
        try (Socket socket = new Socket(base.getHost(), base.getPort())) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(60_000);
            InputStream in = new BufferedInputStream(socket.getInputStream(), 8192);
            OutputStream out = socket.getOutputStream();
            while (left.getAndDecrement() > 0) {
                long start = System.nanoTime();
                out.write(request);
                answer(in);
                latencies.add(System.nanoTime() - start);
            }
        }
        return latencies.stream().mapToLong(Long::longValue).toArray();
    }

    private static void answer(InputStream in) throws IOException {
        String status = line(in);
        if (!status.startsWith("HTTP/1.1 200 ")) {
            throw new IOException("expected 200, was answered: " + status);
        }
        long length = 0;
        boolean chunked = false;
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            String lower = header.toLowerCase(Locale.ROOT);
            length = lower.startsWith("content-length:")
                    ? Long.parseLong(header.substring(15).strip())
                    : length;
            chunked |= lower.startsWith("transfer-encoding:") && lower.contains("chunked");
        }
        if (!chunked) {
            in.skipNBytes(length);
            return;
        }
        for (int size = Integer.parseInt(line(in), 16); size > 0; size = Integer.parseInt(line(in), 16)) {
            in.skipNBytes(size + 2L);
        }
        line(in);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder(80);
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the connection was closed");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }
}
