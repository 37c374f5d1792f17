package dev.sluice.bench;

import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.awt.Color;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Draws what happens at a hidden limit that steps down and up, from a run of Sluice as a process: the plots of
 * docs/limiter.md. Without rate headers; 429s are all there is to learn from.
 *
 * @param folder where the PNGs go
 */
record Plots(Path folder) implements Scenario {
    private static final int CONFIGURED = 6_000;
    private static final int[] ALLOWED = {3_000, 1_200, 3_000};
    private static final int[] UNTIL_SECOND = {40, 80, 180};
    private static final int EACH_SECONDS = 2;
    private static final Duration STARTS_WITHIN = Duration.ofMinutes(2);
    private static final Pattern RATE =
            Pattern.compile("(?m)^sluice_limiter_requests_per_minute(?:\\{[^}]*})? ([0-9.E+]+)");

    /** What was so at one moment. */
    private record Sample(double second, int allowed, double rate, double accepted, double refused) {}

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        Scenario.say("plots: %d s", last());
        SandboxConfig config = SandboxConfig.defaults().withRateHeaders(false).withRequestsPerMinute(ALLOWED[0]);
        try (Sandbox sandbox = Sandbox.start(config)) {
            List<Sample> samples = samples(lab, sandbox, config);
            draw(samples);
            double accepted = samples.stream().mapToDouble(Sample::accepted).sum();
            double refused = samples.stream().mapToDouble(Sample::refused).sum();
            return new Figures()
                    .add(new Figures.Row()
                            .number("accepted", accepted * EACH_SECONDS / 60, 0)
                            .number("refused", refused, 0)
                            .number("refused_percent", 100 * refused / (accepted * EACH_SECONDS / 60 + refused), 2));
        }
    }

    private static List<Sample> samples(Lab lab, Sandbox sandbox, SandboxConfig config)
            throws IOException, InterruptedException {
        MessageFolder messages = MessageFolder.filled(lab.folder("plots"), CONFIGURED / 60 * last());
        Map<String, String> settings = lab.withManagePort(Map.of());
        Child sluice = new Contender.Sluice(CONFIGURED, settings).start(lab, messages, sandbox.url());
        Await.until("the first call", STARTS_WITHIN, messages::hasAnswer, sluice);
        URI metrics = Lab.health(settings).resolve("metrics");
        List<Sample> samples = new ArrayList<>();
        long begin = System.nanoTime();
        long accepted = sandbox.stats().accepted();
        long refused = sandbox.stats().refused();
        for (int second = EACH_SECONDS; second <= last(); second += EACH_SECONDS) {
            int allowed = allowed(second);
            sandbox.configure(config.withRequestsPerMinute(allowed));
            Thread.sleep(Math.max(0, begin / 1_000_000 + second * 1_000L - System.nanoTime() / 1_000_000));
            long acceptedNow = sandbox.stats().accepted();
            long refusedNow = sandbox.stats().refused();
            samples.add(new Sample(
                    second,
                    allowed,
                    rate(metrics),
                    (acceptedNow - accepted) * 60.0 / EACH_SECONDS,
                    refusedNow - refused));
            accepted = acceptedNow;
            refused = refusedNow;
        }
        sluice.stop();
        return samples;
    }

    private static int last() {
        return UNTIL_SECOND[UNTIL_SECOND.length - 1];
    }

    private static int allowed(int second) {
        int phase = 0;
        while (second > UNTIL_SECOND[phase]) {
            phase++;
        }
        return ALLOWED[phase];
    }

    private static double rate(URI metrics) throws IOException {
        Matcher matcher = RATE.matcher(Http.get(metrics));
        return matcher.find() ? Double.parseDouble(matcher.group(1)) : Double.NaN;
    }

    private void draw(List<Sample> samples) throws IOException {
        Files.createDirectories(folder);
        double[] seconds = samples.stream().mapToDouble(Sample::second).toArray();
        XYChart rate = chart("Calls accepted at a hidden limit", "requests a minute");
        line(
                rate,
                "allowed",
                seconds,
                samples.stream().mapToDouble(Sample::allowed).toArray());
        line(
                rate,
                "rate of the limiter",
                seconds,
                samples.stream().mapToDouble(Sample::rate).toArray());
        line(
                rate,
                "accepted",
                seconds,
                samples.stream().mapToDouble(Sample::accepted).toArray());
        BitmapEncoder.saveBitmap(rate, folder.resolve("limiter-rate.png").toString(), BitmapEncoder.BitmapFormat.PNG);
        XYChart refusals = chart("Calls refused (429)", "in %d s".formatted(EACH_SECONDS));
        line(
                        refusals,
                        "refused",
                        seconds,
                        samples.stream().mapToDouble(Sample::refused).toArray())
                .setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.StepArea);
        BitmapEncoder.saveBitmap(
                refusals, folder.resolve("limiter-refusals.png").toString(), BitmapEncoder.BitmapFormat.PNG);
    }

    private static XYChart chart(String title, String unit) {
        XYChart chart = new XYChartBuilder()
                .width(900)
                .height(360)
                .title(title)
                .xAxisTitle("seconds")
                .yAxisTitle(unit)
                .build();
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setYAxisMin(0.0).setXAxisDecimalPattern("0").setYAxisDecimalPattern("#,##0");
        return chart;
    }

    private static XYSeries line(XYChart chart, String name, double[] x, double[] y) {
        XYSeries series = chart.addSeries(name, x, y);
        series.setMarker(SeriesMarkers.NONE);
        return series;
    }
}
