package dev.sluice.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * How soon the pieces of streamed answers are there, and how many streams flow at once: the upstream, Sluice and the
 * clients, who read the upstream itself and Sluice, are processes of their own.
 *
 * @param loads see {@link StreamLoad}
 */
record Streams(String loads) implements Scenario {
    static final String LOADS = "1x400x3x10,1000x3x20x100,1000x3x20x100x1900";

    private static final int MOST_STREAMS = 6_000;
    private static final Duration WITHIN = Duration.ofMinutes(5);
    private static final Pattern FIGURES = Pattern.compile("streams=.*\\n");
    private static final Pattern FIGURE = Pattern.compile("(\\w+)=(\\S+)");

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        StreamUpstream.Running upstream = StreamUpstream.start(lab);
        String url = upstream.url();
        Map<String, String> settings = lab.withManagePort(settings(url));
        Child sluice = lab.sluice("sluice", lab.folder("sluice"), settings, "run");
        Await.until("the front to be open", WITHIN, () -> Http.isOk(Lab.health(settings)), sluice);
        List<String> arguments = new ArrayList<>(List.of(
                url, "http://127.0.0.1:%s/v1".formatted(settings.get("REST_PORT")), Long.toString(sluice.pid())));
        arguments.addAll(List.of(loads.split(",", -1)));
        Child readers =
                lab.java("readers", lab.folder("readers"), StreamReaders.class, arguments.toArray(new String[0]));
        Figures figures = new Figures();
        for (String load : loads.split(",", -1)) {
            Scenario.say("streams: %s", load);
            int lines = figures.rows().size() + 1;
            Await.until(
                    "the figures of " + load,
                    WITHIN,
                    () -> lines(readers).size() == lines,
                    readers,
                    sluice,
                    upstream.child());
            figures.add(row(lines(readers).get(lines - 1)).count("sluice_rss_mb", sluice.peakRssMb()));
        }
        readers.stop();
        sluice.stop();
        upstream.child().stop();
        return figures;
    }

    private static List<String> lines(Child readers) {
        return FIGURES.matcher(readers.log()).results().map(MatchResult::group).toList();
    }

    private static Figures.Row row(String line) {
        Figures.Row row = new Figures.Row();
        for (MatchResult figure : FIGURE.matcher(line).results().toList()) {
            row.text(figure.group(1), figure.group(2));
        }
        return row;
    }

    private static Map<String, String> settings(String upstreamUrl) throws IOException {
        Map<String, String> settings = new TreeMap<>();
        settings.put("INTAKES", "rest");
        settings.put("REST_PORT", Integer.toString(Lab.freePort()));
        settings.put("REDIS_FOLDER", "redis");
        settings.put("UPSTREAM_URL", upstreamUrl);
        settings.put("THROTTLE_MAX_CONCURRENT", Integer.toString(MOST_STREAMS));
        settings.put("LIMIT_REQUESTS_PER_MINUTE", Integer.toString(Contender.Sluice.NO_LIMIT));
        settings.put("LIMIT_TOKENS_PER_MINUTE", "100000000000");
        return settings;
    }
}
