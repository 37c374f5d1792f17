package dev.sluice.progress;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * The body becomes a list of {@link Progress}: of each job that this node works for, as far as there is something to tell. What
 * has not changed is told again after a while, so that others see that the node is there; a job that it has kept the account
 * of, and has not any more, is told to have ended. Thread-safe.
 */
public final class TellProgress implements Processor {
    static final Duration AGAIN = Duration.ofSeconds(10);

    private final String node;
    private final Clock clock;
    private Map<String, Told> told = Map.of();

    private record Told(ProgressSource.Done done, long at) {}

    /** @param node unique among those that share a Redis, at any time */
    public TellProgress(String node, Clock clock) {
        this.node = node;
        this.clock = clock;
    }

    @Override
    public synchronized void process(Exchange exchange) {
        long now = clock.millis();
        List<Progress> news = new ArrayList<>();
        Map<String, Told> telling = new HashMap<>();
        for (ProgressSource source : exchange.getContext().getRegistry().findByType(ProgressSource.class)) {
            for (ProgressSource.Done done : source.done()) {
                Told before = told.get(done.job());
                if (before != null && before.done.equals(done) && now - before.at < AGAIN.toMillis()) {
                    telling.put(done.job(), before);
                } else {
                    telling.put(done.job(), new Told(done, now));
                    news.add(progress(done, now));
                }
            }
        }
        told.forEach((job, before) -> {
            if (before.done.byAll() && !before.done.ended() && !telling.containsKey(job)) {
                news.add(progress(before.done.last(), now));
            }
        });
        told = telling;
        exchange.getMessage().setBody(news);
    }

    private Progress progress(ProgressSource.Done done, long now) {
        Progress.Part part = new Progress.Part(done.answered(), done.failed(), now);
        return Progress.of(done.job(), done.total(), done.ended(), done.byAll() ? Progress.ALL : node, part);
    }
}
