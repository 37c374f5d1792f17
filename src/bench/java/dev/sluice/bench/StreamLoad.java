package dev.sluice.bench;

import dev.sluice.Sluice;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.camel.AsyncProducer;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * Streams, read directly and then through Sluice, in one JVM: Sluice with a route that measures. Arguments: the upstream,
 * the loads ({@code streams x rounds x chunks x ms between chunks x ms over which they begin}, joined by commas), and what Sluice takes.
 * Prints a line of {@code name=value} for each load, and goes on until it is stopped.
 */
public final class StreamLoad implements Processor {
    private static URI upstream = URI.create("http://127.0.0.1");
    private static List<Load> loads = List.of();

    private record Load(int streams, int rounds, int chunks, int delayMs, int overMs) {

        static Load parse(String text) {
            String[] parts = text.split("x", -1);
            return new Load(
                    Integer.parseInt(parts[0]),
                    Integer.parseInt(parts[1]),
                    Integer.parseInt(parts[2]),
                    Integer.parseInt(parts[3]),
                    parts.length > 4 ? Integer.parseInt(parts[4]) : 0);
        }

        /** Waits until the next stream of a round is to begin: all at once, or spread evenly over a time. */
        void await(int stream, long startNanos) {
            long due = startNanos + overMs * 1_000_000L / streams * stream;
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }

        StreamTimes times() {
            return new StreamTimes(streams * rounds, chunks);
        }

        String body() {
            return "{\"model\":\"stream-%d-%d\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Go.\"}]}"
                    .formatted(chunks, delayMs);
        }
    }

    /** One stream through Sluice; a property of its exchange. */
    private record Reading(StreamTimes times, long startNanos) {
        private static final String PROPERTY = "BenchReading";

        void took(int index, String stamp) {
            long now = System.nanoTime();
            if (index == 0) {
                times.first(now - startNanos);
            } else {
                times.later(now - Long.parseLong(stamp));
            }
        }
    }

    /** Where the pieces go. */
    public static final class Sink implements Processor {
        @Override
        public void process(Exchange piece) {
            if ("piece".equals(piece.getMessage().getHeader("SluiceKind"))) {
                String json = piece.getMessage().getBody(String.class);
                int start = json.indexOf("\"text\":\"") + 8;
                piece.getProperty(Reading.PROPERTY, Reading.class)
                        .took(
                                piece.getMessage().getHeader("SluiceIndex", Integer.class),
                                json.substring(start, json.indexOf(' ', start)));
            }
        }
    }

    /** Sluice, with this on its class path. */
    public static void main(String[] args) {
        upstream = URI.create(args[0]);
        loads = List.of(args[1].split(",", -1)).stream().map(Load::parse).toList();
        Sluice.main(List.of(args).subList(2, args.length).toArray(new String[0]));
    }

    @Override
    public void process(Exchange exchange) {
        CamelContext camel = exchange.getContext();
        new Thread(() -> measure(camel), "load").start(); // not on a thread that Camel has work for
    }

    private static void measure(CamelContext camel) {
        try {
            measureAll(camel);
        } catch (Exception e) {
            System.out.println("failed: " + e);
        }
        System.out.println("measured");
    }

    private static void measureAll(CamelContext camel) throws Exception {
        for (Load load : loads) {
            direct(load, load.times()); // so that what is measured is compiled
            StreamTimes directly = load.times();
            through(camel, load, load.times(), new AtomicInteger());
            StreamTimes sluice = load.times();
            AtomicInteger failed = new AtomicInteger();
            long cpu = cpuMicros();
            double direct = direct(load, directly);
            long directCpu = cpuMicros() - cpu;
            double through = through(camel, load, sluice, failed);
            long sluiceCpu = cpuMicros() - cpu - directCpu;
            int chunks = load.streams * load.rounds * load.chunks;
            System.out.printf(
                    "streams=%d chunks=%d apart_ms=%d over_ms=%d failed=%d direct_s=%.2f sluice_s=%.2f %s %s direct_cpu_us=%d sluice_cpu_us=%d threads=%d%n",
                    load.streams,
                    load.chunks,
                    load.delayMs,
                    load.overMs,
                    failed.get(),
                    direct / load.rounds,
                    through / load.rounds,
                    directly.figures("direct"),
                    sluice.figures("sluice"),
                    directCpu / chunks,
                    sluiceCpu / chunks,
                    ManagementFactory.getThreadMXBean().getPeakThreadCount());
        }
    }

    private static long cpuMicros() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1_000;
    }

    private static double through(CamelContext camel, Load load, StreamTimes times, AtomicInteger failed)
            throws Exception {
        AsyncProducer pipeline = camel.getEndpoint("direct:pipeline").createAsyncProducer();
        pipeline.start();
        long start = System.nanoTime();
        for (int round = 0; round < load.rounds; round++) {
            CountDownLatch all = new CountDownLatch(load.streams);
            long roundStart = System.nanoTime();
            for (int i = 0; i < load.streams; i++) {
                load.await(i, roundStart);
                Exchange exchange = pipeline.getEndpoint().createExchange();
                exchange.getMessage().setBody(load.body());
                exchange.setProperty("SluicePiecesTo", "bench-piece");
                exchange.setProperty(Reading.PROPERTY, new Reading(times, System.nanoTime()));
                pipeline.process(exchange, doneSync -> {
                    if (exchange.getException() != null && failed.incrementAndGet() == 1) {
                        System.out.println("failed: " + exchange.getException());
                    }
                    all.countDown();
                });
            }
            if (!all.await(60, TimeUnit.SECONDS)) {
                throw new BenchException(all.getCount() + " streams have not ended");
            }
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private static double direct(Load load, StreamTimes times) throws Exception {
        ExecutorService readers = Executors.newCachedThreadPool();
        long start = System.nanoTime();
        try {
            for (int round = 0; round < load.rounds; round++) {
                List<Future<?>> all = new ArrayList<>();
                long roundStart = System.nanoTime();
                for (int i = 0; i < load.streams; i++) {
                    load.await(i, roundStart);
                    Reading reading = new Reading(times, System.nanoTime());
                    all.add(readers.submit((Callable<Void>) () -> {
                        readDirectly(load, reading);
                        return null;
                    }));
                }
                for (Future<?> each : all) {
                    each.get();
                }
            }
            return (System.nanoTime() - start) / 1e9;
        } catch (ExecutionException e) {
            throw new IOException("the upstream does not answer: " + e.getCause(), e);
        } finally {
            readers.shutdownNow();
        }
    }

    private static void readDirectly(Load load, Reading reading) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", upstream.getPort())) {
            socket.setTcpNoDelay(true);
            byte[] body = load.body().getBytes(StandardCharsets.UTF_8);
            OutputStream out = socket.getOutputStream();
            out.write(("POST /v1/chat/completions HTTP/1.1\r\nHost: bench\r\nContent-Length: " + body.length
                            + "\r\n\r\n" + new String(body, StandardCharsets.UTF_8))
                    .getBytes(StandardCharsets.UTF_8));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            int index = 0;
            for (String line = lines.readLine(); !"data: [DONE]".equals(line); line = lines.readLine()) {
                int content = line.indexOf("\"content\":\"");
                if (content > 0) {
                    reading.took(index++, line.substring(content + 11, line.indexOf(' ', content)));
                }
            }
        }
    }
}
