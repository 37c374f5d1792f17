package dev.sluice.bench;

import jakarta.jms.JMSException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether requests that wait in the embedded broker cost heap: they are sent while the limit lets next to nothing through, and the heap
 * in use after collections is told for each quarter of the sending.
 *
 * @param requests that wait in the end
 */
record JmsBacklog(int requests) implements Scenario {
    private static final Duration LATENCY = Duration.ofMillis(20);

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        Upstream upstream = Upstream.start(lab, LATENCY, 0);
        int port = Jms.freePort();
        Map<String, String> settings = new HashMap<>(
                Jms.settings(upstream, Map.of("JMS_PORT", Integer.toString(port), "LIMIT_REQUESTS_PER_MINUTE", "1")));
        Path folder = lab.folder("jms-backlog");
        Child child = lab.sluice("jms-backlog", folder, lab.withManagePort(settings), "run");
        Await.until("the broker", Jms.STARTS_WITHIN, () -> Jms.listens(port), child);
        Scenario.say("jms-backlog: %d requests are sent", requests);
        double from = (System.currentTimeMillis() - child.startedMs()) / 1000.0;
        try {
            new JmsRequests("tcp://127.0.0.1:" + port).send(requests);
        } catch (JMSException e) {
            throw new BenchException("cannot send: " + e.getMessage());
        }
        double to = (System.currentTimeMillis() - child.startedMs()) / 1000.0;
        var peakRssMb = child.peakRssMb();
        child.stop();
        upstream.child().stop();
        Heap heap = Lab.heap(folder);
        Figures.Row row = new Figures.Row().count("waiting", requests).number("sent_per_s", requests / (to - from), 0);
        for (int quarter = 0; quarter < 4; quarter++) {
            List<Double> after = heap.afterMb(from + (to - from) * quarter / 4, from + (to - from) * (quarter + 1) / 4);
            row.number("heap_q%d_mb".formatted(quarter + 1), Figures.median(after), 0);
        }
        return new Figures().add(row.count("peak_rss_mb", peakRssMb));
    }
}
