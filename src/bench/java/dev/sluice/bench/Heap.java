package dev.sluice.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The heap of a JVM over its life, read from its log of collections ({@code -Xlog:gc}): {@code [12.345s] GC(7) Pause
 * Young (Normal) (G1 Evacuation Pause) 130M->25M(256M) 4.321ms}. Pauses that only mark say nothing about what is in use.
 */
record Heap(List<Collection> collections) {
    private static final Pattern PAUSE =
            Pattern.compile("^\\[([\\d.]+)s].* Pause (?:Young|Full) .* (\\d+)M->(\\d+)M\\(");

    /** One collection: when, in seconds since the JVM started, and the MiB used before and after. */
    record Collection(double atSeconds, int beforeMb, int afterMb) {}

    static Heap read(Path gcLog) throws IOException {
        List<Collection> collections = new ArrayList<>();
        for (String line : Files.readAllLines(gcLog)) {
            Matcher pause = PAUSE.matcher(line);
            if (pause.find()) {
                collections.add(new Collection(
                        Double.parseDouble(pause.group(1)),
                        Integer.parseInt(pause.group(2)),
                        Integer.parseInt(pause.group(3))));
            }
        }
        return new Heap(List.copyOf(collections));
    }

    /** The most that was used at any collection, garbage included; NaN if there was none. */
    double peakMb() {
        return collections.stream().mapToDouble(Collection::beforeMb).max().orElse(Double.NaN);
    }

    /** What was left after each collection. */
    List<Double> afterMb() {
        return collections.stream()
                .map(collection -> (double) collection.afterMb())
                .toList();
    }

    /** What was left after the collections of a part of the JVM's life, from and to in seconds since it started. */
    List<Double> afterMb(double from, double to) {
        return collections.stream()
                .filter(collection -> collection.atSeconds() >= from && collection.atSeconds() < to)
                .map(collection -> (double) collection.afterMb())
                .toList();
    }
}
