package dev.sluice.progress;

import java.io.Serializable;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.apache.camel.Exchange;

/**
 * How far a job is. Each node says for itself what has ended with it since it started, so that to hear of it twice, or of the
 * later before the former, changes nothing.
 *
 * @param job such as {@code folder /data/inbox}, {@code queue chat.requests} or {@code batch /data/in.jsonl}
 * @param total how many messages it has; {@link #ENDLESS} if that is not known, or there always may be more
 * @param ended whether it will have no more
 * @param parts what has ended with whom
 */
public record Progress(String job, long total, boolean ended, SortedMap<String, Part> parts) implements Serializable {
    public static final long ENDLESS = -1;

    /** Who is silent for longer than that has gone; what it has done is kept in one sum. */
    static final Duration SILENCE = Duration.ofHours(1);

    /** In place of a node: what all have done, at any time. */
    static final String ALL = "";

    private static final long serialVersionUID = 1;
    private static final String GONE = "gone";

    /**
     * Of one node.
     *
     * @param at when it said so, milliseconds since 1970 by its clock
     */
    public record Part(long answered, long failed, long at) implements Serializable {
        private static final long serialVersionUID = 1;

        private Part plus(Part other) {
            return new Part(answered + other.answered, failed + other.failed, Math.max(at, other.at));
        }
    }

    public Progress {
        parts = new TreeMap<>(parts);
    }

    /** The body of an exchange. */
    static Progress in(Exchange exchange) {
        return Objects.requireNonNull(exchange.getMessage().getBody(Progress.class), "the body is the progress");
    }

    /** What one node has done for a job. */
    public static Progress of(String job, long total, boolean ended, String node, Part part) {
        return new Progress(job, total, ended, new TreeMap<>(Map.of(node, part)));
    }

    /** Together with what was said later. */
    Progress with(Progress later) {
        TreeMap<String, Part> all = new TreeMap<>(parts);
        all.putAll(later.parts);
        long silent = later.at() - SILENCE.toMillis();
        TreeMap<String, Part> kept = new TreeMap<>();
        all.forEach((node, part) -> kept.merge(part.at < silent ? GONE : node, part, Part::plus));
        return new Progress(job, later.total == ENDLESS ? total : later.total, later.ended, kept);
    }

    /** What each node has done, by its name; empty where one keeps the account of all. */
    public SortedMap<String, Part> byNode() {
        TreeMap<String, Part> nodes = new TreeMap<>(parts);
        nodes.remove(ALL);
        return nodes;
    }

    public long answered() {
        return sum(Part::answered);
    }

    public long failed() {
        return sum(Part::failed);
    }

    /** When somebody last said something. */
    public long at() {
        return parts.values().stream().mapToLong(Part::at).max().orElse(0);
    }

    private long sum(ToLongFunction<Part> what) {
        return parts.values().stream().mapToLong(what).sum();
    }
}
