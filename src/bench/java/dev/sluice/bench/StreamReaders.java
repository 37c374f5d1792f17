package dev.sluice.bench;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reads streams on one thread, as cheaply as sockets can be read, for it shares the machine with what it measures: from the
 * upstream itself, then through Sluice. A program of its own. Arguments: the base URL of each, the process of Sluice,
 * and {@link StreamLoad}s. Prints a line of {@code name=value} for each load, and goes on until it is stopped.
 */
final class StreamReaders {
    private static final int PATIENCE_SECONDS = 60;

    /** A server runs for long: what is measured is compiled. */
    private static final StreamLoad WARM_UP = new StreamLoad(50, 200, 3, 10, 0);

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final NetClient client = vertx.createNetClient(new NetClientOptions().setTcpNoDelay(true));
    private final URI upstream;
    private final URI sluice;
    private final ProcessHandle process;

    private StreamReaders(URI upstream, URI sluice, ProcessHandle process) {
        this.upstream = upstream;
        this.sluice = sluice;
        this.process = process;
    }

    /**
     * What came of a load.
     *
     * @param seconds of a round, on average
     * @param cpu of Sluice
     */
    private record Read(StreamTimes times, double seconds, int failed, Duration cpu) {}

    public static void main(String[] args) throws InterruptedException {
        try {
            measure(args);
        } catch (BenchException e) {
            System.out.println(e.getMessage());
            System.exit(1);
        }
    }

    private static void measure(String[] args) throws InterruptedException {
        StreamReaders readers = new StreamReaders(
                URI.create(args[0]),
                URI.create(args[1]),
                ProcessHandle.of(Long.parseLong(args[2])).orElseThrow());
        readers.measure(WARM_UP);
        for (String load : List.of(args).subList(3, args.length)) {
            readers.read(readers.sluice, StreamLoad.parse(load));
            System.out.println(readers.measure(StreamLoad.parse(load)));
        }
    }

    private String measure(StreamLoad load) throws InterruptedException {
        Read direct = read(upstream, load);
        Read through = read(sluice, load);
        return "streams=%d chunks=%d apart_ms=%d over_ms=%d failed=%d direct_s=%.2f sluice_s=%.2f of_ideal=%.2f %s %s %s sluice_cpu_us=%d"
                .formatted(
                        load.streams(),
                        load.chunks(),
                        load.delayMs(),
                        load.overMs(),
                        direct.failed + through.failed,
                        direct.seconds,
                        through.seconds,
                        through.seconds / load.idealSeconds(),
                        through.times.added(direct.times),
                        direct.times.figures("direct"),
                        through.times.figures("sluice"),
                        through.cpu.toNanos() / 1_000 / load.streams() / load.rounds() / load.chunks());
    }

    private Read read(URI from, StreamLoad load) throws InterruptedException {
        StreamTimes times = load.times();
        AtomicInteger failed = new AtomicInteger();
        Duration before = cpu();
        long start = System.nanoTime();
        for (int round = 0; round < load.rounds(); round++) {
            CountDownLatch all = new CountDownLatch(load.streams());
            long roundStart = System.nanoTime();
            for (int i = 0; i < load.streams(); i++) {
                load.await(i, roundStart);
                Stream stream = new Stream(from, load, times, failed, all);
                client.connect(from.getPort(), from.getHost())
                        .onSuccess(stream::connected)
                        .onFailure(failure -> stream.end(String.valueOf(failure)));
            }
            if (!all.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new BenchException(all.getCount() + " streams have not ended");
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9 / load.rounds();
        return new Read(times, seconds, failed.get(), cpu().minus(before));
    }

    private Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** One answer. Its chunks are found by what they say; how they are framed does not matter. */
    private static final class Stream implements Handler<Buffer> {
        private static final String CONTENT = "\"content\":\"";

        private final URI from;
        private final StreamLoad load;
        private final StreamTimes times;
        private final long startNanos = System.nanoTime();
        private final AtomicInteger failed;
        private final CountDownLatch all;
        private String pending = "";
        private int chunks;
        private boolean over;

        Stream(URI from, StreamLoad load, StreamTimes times, AtomicInteger failed, CountDownLatch all) {
            this.from = from;
            this.load = load;
            this.times = times;
            this.failed = failed;
            this.all = all;
        }

        void connected(NetSocket socket) {
            String body = load.body();
            socket.closeHandler(closed -> end("closed after " + chunks + " chunks"));
            socket.handler(read -> {
                handle(read);
                if (over) {
                    socket.close();
                }
            });
            socket.write(("POST %s/chat/completions HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
                            + "Content-Length: %d\r\n\r\n%s")
                    .formatted(from.getPath(), from.getAuthority(), body.length(), body));
        }

        @Override
        public void handle(Buffer read) {
            long now = System.nanoTime();
            pending += read.toString(StandardCharsets.ISO_8859_1);
            int from = 0;
            for (int at = pending.indexOf(CONTENT); at >= 0; at = pending.indexOf(CONTENT, from)) {
                int end = pending.indexOf(' ', at);
                if (end < 0) {
                    break;
                }
                took(now, Long.parseLong(pending.substring(at + CONTENT.length(), end)));
                from = end;
            }
            pending = pending.substring(from);
            if (pending.contains("[DONE]")) {
                end(chunks == load.chunks() ? "" : "ended after " + chunks + " chunks");
            } else if (pending.contains("\"error\"")) {
                end(pending);
            }
        }

        private void took(long now, long sentNanos) {
            if (chunks++ == 0) {
                times.first(now - startNanos);
            } else {
                times.later(now - sentNanos);
            }
        }

        private void end(String failure) {
            if (over) {
                return;
            }
            over = true;
            if (!failure.isEmpty() && failed.incrementAndGet() == 1) {
                System.out.println("failed: " + failure);
            }
            all.countDown();
        }
    }
}
