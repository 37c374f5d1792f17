package dev.sluice.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How soon the pieces of streamed answers are there, and how many streams flow at once, beside the upstream read directly
 * in the same JVM.
 *
 * @param loads see {@link StreamLoad}
 */
record Streams(String loads) implements Scenario {
    static final String LOADS = "1x200x5x20,1000x3x20x100,1000x3x20x100x1900";

    private static final Duration WITHIN = Duration.ofMinutes(5);
    private static final Pattern LISTENS = Pattern.compile("listens at (http://\\S+)");
    private static final Pattern FIGURES = Pattern.compile("streams=.*");
    private static final Pattern FIGURE = Pattern.compile("(\\w+)=(\\S+)");

    private static final String ROUTES = """
            - beans:
              - name: streamLoad
                type: dev.sluice.bench.StreamLoad
              - name: streamSink
                type: dev.sluice.bench.StreamLoad$Sink
            - route:
                id: bench-load
                from:
                  uri: timer
                  parameters:
                    timerName: load
                    repeatCount: 1
                  steps:
                    - process:
                        ref: streamLoad
            - route:
                id: bench-piece
                errorHandler:
                  noErrorHandler: {}
                from:
                  uri: direct
                  parameters:
                    name: bench-piece
                  steps:
                    - process:
                        ref: streamSink
            """;

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        Child upstream = lab.java("upstream", lab.folder("upstream"), StreamUpstream.class);
        Await.until(
                "the upstream to listen",
                WITHIN,
                () -> LISTENS.matcher(upstream.log()).find(),
                upstream);
        Matcher listens = LISTENS.matcher(upstream.log());
        String url = listens.find() ? listens.group(1) : "";
        Figures figures = new Figures();
        for (String load : List.of(loads.split(",", -1))) {
            Scenario.say("streams: %s", load);
            Path folder = lab.folder("streams");
            Child child = lab.java("sluice", folder, StreamLoad.class, arguments(lab, folder, url, load));
            Await.until("the figures", WITHIN, () -> child.log().contains("measured"), child, upstream);
            figures.add(row(child));
            child.stop();
        }
        upstream.stop();
        return figures;
    }

    private static Figures.Row row(Child child) {
        Figures.Row row = new Figures.Row();
        String line = FIGURES.matcher(child.log())
                .results()
                .findFirst()
                .orElseThrow(() -> new BenchException("no figures:\n" + child.lastLines()))
                .group();
        for (MatchResult figure : FIGURE.matcher(line).results().toList()) {
            row.text(figure.group(1), figure.group(2));
        }
        return row.count("rss_mb", child.peakRssMb());
    }

    private static String[] arguments(Lab lab, Path folder, String url, String load) throws IOException {
        Path routes = Files.createDirectories(folder.resolve("routes"));
        try (DirectoryStream<Path> shipped = Files.newDirectoryStream(lab.routes())) {
            for (Path route : shipped) {
                Files.copy(route, routes.resolve(route.getFileName()));
            }
        }
        Files.writeString(routes.resolve("bench-streams.camel.yaml"), ROUTES);
        Path config = Files.createDirectories(folder.resolve("config"));
        Files.writeString(config.resolve("application.properties"), """
                intakes=folder
                upstream.url=%s
                throttle.max-concurrent=6000
                throttle.requests-per-period=1000000
                limit.requests-per-minute=60000000
                limit.tokens-per-minute=100000000000
                manage.port=0
                """.formatted(url), StandardCharsets.UTF_8);
        Files.createDirectories(folder.resolve("data"));
        return new String[] {
            url, load, "run", "--routes", routes.toString(), "--config", config.toString(),
        };
    }
}
