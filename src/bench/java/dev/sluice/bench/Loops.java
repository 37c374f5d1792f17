package dev.sluice.bench;

import dev.sluice.admit.EmbeddedRedis;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The whole loop, as processes: Sluice nodes on a Redis of their own before a strict upstream, with limits that they know
 * and that they do not. What comes in the first seconds, while the limit is learned, is told apart.
 *
 * @param which of the cases; a regular expression that is found in their names
 */
record Loops(Pattern which) implements Scenario {
    private static final Duration STARTS_WITHIN = Duration.ofMinutes(2);
    private static final Duration ENDS_WITHIN = Duration.ofMinutes(5);
    private static final String LATENCY = "latency-ms=50";
    private static final String TOLD = "rate-headers=true";
    private static final String UNTOLD = "rate-headers=false";

    /** What happens to Redis in mid-run. */
    private enum Trouble {
        NONE,
        FROZEN_AND_EMPTIED
    }

    /**
     * A case.
     *
     * @param configured requests a minute
     * @param allowed requests a minute that the upstream lets through; 0: tokens, see {@code upstream}
     * @param learning what is not counted, in seconds; then as many as {@code counted} are
     */
    private record Case(
            String name,
            int nodes,
            int configured,
            int allowed,
            int learning,
            int counted,
            Trouble trouble,
            Map<String, String> settings,
            String... upstream) {}

    private static final int TOKENS = 60_000;

    private static List<Case> cases() {
        String[] untold = {LATENCY, UNTOLD};
        String[] told = {LATENCY, TOLD};
        String[] sliding = {LATENCY, UNTOLD, "limit-shape=sliding"};
        String[] tokens = {LATENCY, UNTOLD, "tokens-per-minute=" + TOKENS};
        Map<String, String> asTheUpstreamCounts = Map.of(
                "LIMIT_TOKENS_PER_MINUTE", Integer.toString(2 * TOKENS),
                "LIMIT_ASSUMED_COMPLETION_TOKENS", "16",
                "LIMIT_REFUND_UNUSED_TOKENS", "false");
        return List.of(
                new Case("known", 1, 6_000, 6_000, 3, 40, Trouble.NONE, Map.of(), untold),
                new Case("hidden", 1, 6_000, 3_000, 20, 60, Trouble.NONE, Map.of(), untold),
                new Case("hidden, headers", 1, 6_000, 3_000, 20, 40, Trouble.NONE, Map.of(), told),
                new Case("hidden, two nodes", 2, 6_000, 3_000, 20, 60, Trouble.NONE, Map.of(), untold),
                new Case("hidden tokens", 1, 60_000, 0, 20, 60, Trouble.NONE, asTheUpstreamCounts, tokens),
                new Case("hidden, sliding window", 1, 6_000, 3_000, 60, 120, Trouble.NONE, Map.of(), sliding),
                new Case("trouble with Redis", 2, 6_000, 6_000, 0, 60, Trouble.FROZEN_AND_EMPTIED, Map.of(), untold));
    }

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        Figures figures = new Figures();
        for (Case one : cases()) {
            if (which.matcher(one.name).find()) {
                figures.add(row(lab, one));
            }
        }
        return figures;
    }

    private static Figures.Row row(Lab lab, Case one) throws IOException, InterruptedException {
        Scenario.say("loop: %s, for %d s", one.name, one.learning + one.counted);
        Upstream upstream = Upstream.start(lab, upstream(one));
        try (EmbeddedRedis redis = EmbeddedRedis.start(lab.folder("redis"), System.err::println)
                .orElseThrow(() -> new BenchException("the embedded Redis did not start"))) {
            return new Loop(lab, one, upstream, redis).measured();
        } finally {
            upstream.child().stop();
        }
    }

    private static String[] upstream(Case one) {
        List<String> settings = new ArrayList<>(List.of(one.upstream));
        settings.add("burst-seconds=1");
        settings.add("requests-per-minute=" + one.allowed);
        return settings.toArray(new String[0]);
    }

    /** One case under way. */
    private static final class Loop {
        private final Lab lab;
        private final Case one;
        private final Upstream upstream;
        private final EmbeddedRedis redis;
        private final List<MessageFolder> folders = new ArrayList<>();
        private final List<Child> nodes = new ArrayList<>();

        Loop(Lab lab, Case one, Upstream upstream, EmbeddedRedis redis) {
            this.lab = lab;
            this.one = one;
            this.upstream = upstream;
            this.redis = redis;
        }

        Figures.Row measured() throws IOException, InterruptedException {
            boolean trouble = one.trouble != Trouble.NONE;
            int perSecond = (one.allowed == 0 ? 6_000 : one.allowed) / 60;
            int files = trouble ? perSecond * one.counted : 2 * perSecond * (one.learning + one.counted);
            for (int i = 0; i < one.nodes; i++) {
                folders.add(MessageFolder.filled(lab.folder("node"), files / one.nodes));
            }
            for (MessageFolder folder : folders) {
                nodes.add(node(folder));
            }
            Child[] all = nodes.toArray(new Child[0]);
            for (MessageFolder folder : folders) {
                Await.until("the first answer of each node", STARTS_WITHIN, folder::hasAnswer, all);
            }
            pass(one.learning);
            Upstream.Stats before = trouble ? new Upstream.Stats(0, 0, 0, 0, 0, 0, 0) : upstream.stats();
            long begin = System.nanoTime();
            if (trouble) {
                freezeAndEmpty();
                Await.until("all answers", ENDS_WITHIN, () -> answers() >= files / one.nodes * one.nodes, all);
            } else {
                pass(one.counted);
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            Upstream.Stats after = upstream.stats();
            List<Integer> parts = new ArrayList<>();
            int failed = 0;
            for (MessageFolder folder : folders) {
                parts.add(folder.answers());
                failed += folder.failures();
            }
            for (Child node : nodes) {
                node.stop();
            }
            return row(before, after, seconds, parts, failed);
        }

        private Child node(MessageFolder folder) throws IOException {
            Map<String, String> settings = new TreeMap<>(one.settings);
            settings.put("REDIS_URL", redis.url());
            return new Contender.Sluice(one.configured, settings).start(lab, folder, upstream.url());
        }

        /** Frozen for 10 s after 10 s, killed after another 15 s; it is started again at once, and empty. */
        private void freezeAndEmpty() throws IOException, InterruptedException {
            pass(10);
            signal("-STOP");
            pass(10);
            signal("-CONT");
            pass(15);
            signal("-KILL");
        }

        private static void signal(String name) throws IOException, InterruptedException {
            ProcessHandle server = ProcessHandle.current()
                    .descendants()
                    .filter(process -> process.info().command().orElse("").contains("redis-server"))
                    .findFirst()
                    .orElseThrow(() -> new BenchException("there is no redis-server below this process"));
            new ProcessBuilder("kill", name, Long.toString(server.pid()))
                    .start()
                    .waitFor();
        }

        private int answers() throws IOException {
            int answers = 0;
            for (MessageFolder folder : folders) {
                answers += folder.answers() + folder.failures();
            }
            return answers;
        }

        private Figures.Row row(
                Upstream.Stats before, Upstream.Stats after, double seconds, List<Integer> parts, int failed) {
            long accepted = after.accepted() - before.accepted();
            long refused = after.refused() - before.refused();
            long used = one.allowed == 0 ? after.tokens() - before.tokens() : accepted;
            double allowed = (one.allowed == 0 ? TOKENS : one.allowed) / 60.0 * seconds;
            int whole = parts.stream().mapToInt(Integer::intValue).sum();
            int least = parts.stream().mapToInt(Integer::intValue).min().orElse(0);
            return new Figures.Row()
                    .text("case", one.name)
                    .count("accepted", accepted)
                    .count("refused", refused)
                    .count("refused_at_first", before.refused())
                    .number("seconds", seconds, 1)
                    .number("limit_used_percent", 100 * used / allowed, 2)
                    .number("refused_percent", 100.0 * refused / Math.max(1, accepted + refused), 2)
                    .number("least_node_percent", 100.0 * least / Math.max(1, whole), 1)
                    .count("failed", failed);
        }

        private static void pass(int seconds) throws InterruptedException {
            Thread.sleep(Duration.ofSeconds(seconds).toMillis());
        }
    }
}
