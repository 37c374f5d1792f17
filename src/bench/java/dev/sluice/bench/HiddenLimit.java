package dev.sluice.bench;

import java.io.IOException;
import java.time.Duration;

/**
 * How much of a limit is used that is half of what is configured, and how many calls are refused on the way: with the
 * upstream's rate headers, and without them, when refusals are all there is to learn from. What the first 20 s bring is
 * not counted.
 *
 * @param files messages in the inbox of each run
 */
record HiddenLimit(int files) implements Scenario {
    private static final int CONFIGURED = 6_000;
    private static final int ALLOWED = 3_000;
    private static final Duration LATENCY = Duration.ofMillis(50);
    private static final Duration LEARNING = Duration.ofSeconds(20);
    private static final Duration STARTS_WITHIN = Duration.ofMinutes(2);
    private static final Duration LASTS_AT_MOST = Duration.ofMinutes(30);

    /** The last calls wait for nobody behind them: too few to use the limit. */
    private static final int TAIL = 200;

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        return new Figures().add(row(lab, false)).add(row(lab, true));
    }

    private Figures.Row row(Lab lab, boolean headers) throws IOException, InterruptedException {
        Scenario.say(
                "hidden: %d requests a minute where %d are configured, rate headers: %s", ALLOWED, CONFIGURED, headers);
        Upstream upstream = Upstream.start(lab, LATENCY, ALLOWED, headers);
        Contender sluice = new Contender.Sluice(CONFIGURED);
        MessageFolder folder = MessageFolder.filled(lab.folder(sluice.name()), files);
        Child child = sluice.start(lab, folder, upstream.url());
        Child[] children = {child, upstream.child()};
        Await.until("the first call", STARTS_WITHIN, () -> upstream.stats().accepted() > 0, children);
        long begin = upstream.stats().firstAcceptMs() + LEARNING.toMillis();
        Await.until("the limit to be learned", STARTS_WITHIN, () -> System.currentTimeMillis() >= begin, children);
        Upstream.Stats before = upstream.stats();
        Await.until("the calls", LASTS_AT_MOST, () -> upstream.stats().accepted() >= files - TAIL, children);
        Upstream.Stats after = upstream.stats();
        child.stop();
        upstream.child().stop();
        double seconds = (after.lastAcceptMs() - before.lastAcceptMs()) / 1000.0;
        long accepted = after.accepted() - before.accepted();
        long refused = after.refused() - before.refused();
        return new Figures.Row()
                .text("rate_headers", Boolean.toString(headers))
                .count("accepted", accepted)
                .count("refused", refused)
                .count("refused_at_first", before.refused())
                .number("seconds", seconds, 1)
                .number("limit_used_percent", 100 * accepted / (ALLOWED / 60.0 * seconds), 2)
                .number("refused_percent", 100.0 * refused / (accepted + refused), 2);
    }
}
