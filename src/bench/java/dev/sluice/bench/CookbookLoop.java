package dev.sluice.bench;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sends lines by the rules of the OpenAI cookbook's {@code api_request_parallel_processor.py}, as it documents them: it begins
 * with a whole minute's capacity, which refills continuously; after a refusal it pauses for 15 s; a line is tried five
 * times at most.
 */
final class CookbookLoop {
    private static final int ATTEMPTS = 5;
    private static final Duration PAUSE = Duration.ofSeconds(15);

    private final HttpClient client = HttpClient.newHttpClient();
    private final URI completions;
    private final double perSecond;
    private final double most;
    private final Queue<Attempt> again = new ConcurrentLinkedQueue<>();
    private final AtomicLong ended = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private volatile long refusedAt = Long.MIN_VALUE / 2;

    private record Attempt(int line, int left) {}

    CookbookLoop(URI upstream, int requestsPerMinute) {
        this.completions = URI.create(upstream + "/chat/completions");
        this.perSecond = requestsPerMinute / 60.0;
        this.most = requestsPerMinute;
    }

    /** How many lines have failed for good, or were not done in time. */
    long run(int lines, Duration atMost) throws InterruptedException {
        long begun = System.nanoTime();
        long last = begun;
        double capacity = most;
        int next = 0;
        while (ended.get() < lines && System.nanoTime() - begun < atMost.toNanos()) {
            long now = System.nanoTime();
            capacity = Math.min(most, capacity + (now - last) / 1e9 * perSecond);
            last = now;
            Attempt attempt = capacity >= 1 ? again.poll() : null;
            if (attempt == null && capacity >= 1 && next < lines) {
                attempt = new Attempt(next++, ATTEMPTS);
            }
            if (attempt == null) {
                Thread.sleep(1);
            } else {
                capacity--;
                send(attempt);
            }
            long pause = refusedAt + PAUSE.toNanos() - System.nanoTime();
            if (pause > 0) {
                Thread.sleep(pause / 1_000_000);
            }
        }
        return failed.get() + lines - ended.get();
    }

    private void send(Attempt attempt) {
        String body = "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"line %d\"}]}"
                .formatted(attempt.line);
        HttpRequest request = HttpRequest.newBuilder(completions)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        client.sendAsync(request, HttpResponse.BodyHandlers.discarding()).whenComplete((answer, broken) -> {
            if (broken == null && answer.statusCode() == 200) {
                ended.incrementAndGet();
                return;
            }
            if (broken == null && answer.statusCode() == 429) {
                refusedAt = System.nanoTime();
            }
            if (attempt.left > 1) {
                again.add(new Attempt(attempt.line, attempt.left - 1));
            } else {
                failed.incrementAndGet();
                ended.incrementAndGet();
            }
        });
    }
}
