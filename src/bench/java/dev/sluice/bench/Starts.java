package dev.sluice.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * Whether Sluice starts every time, how soon it takes messages, and how soon it is gone when told to stop. It has
 * nothing to do in between. All starts share their folders, as those of a service do.
 *
 * @param times how often
 */
record Starts(int times) implements Scenario {
    private static final Duration READY_WITHIN = Duration.ofSeconds(30);

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        Path folder = lab.folder("starts");
        List<Double> ready = new ArrayList<>();
        List<Double> stopped = new ArrayList<>();
        for (int i = 1; i <= times; i++) {
            Scenario.say("starts: %d of %d", i, times);
            Map<String, String> settings =
                    lab.withManagePort(Map.of("UPSTREAM_URL", "http://127.0.0.1:9/v1")); // never called
            URI health = Lab.health(settings);
            Child child = lab.sluice("sluice", folder, settings, "run");
            long start = System.nanoTime();
            try {
                Await.until("200 from " + health, READY_WITHIN, () -> Http.isOk(health), child);
                ready.add((System.nanoTime() - start) / 1e9);
                stopped.add(child.stop().toNanos() / 1e9);
            } catch (BenchException e) {
                child.close();
                System.err.println(e.getMessage());
            }
        }
        Figures.Row row = new Figures.Row().count("starts", times).count("ready", ready.size());
        if (!stopped.isEmpty()) {
            row.number("ready_median_s", Figures.median(ready), 2)
                    .number("ready_max_s", Collections.max(ready), 2)
                    .number("stop_median_s", Figures.median(stopped), 2)
                    .number("stop_max_s", Collections.max(stopped), 2);
        }
        return new Figures().add(row);
    }
}
