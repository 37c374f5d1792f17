package dev.sluice.admit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * Nodes that share one limit, and an upstream whose limit they do not know, in virtual time: half an hour takes a
 * fraction of a second. The limiter is the model that the scripts are held to; a node keeps a copy of the clocks as the
 * real one does, and calls arrive at random (Poisson).
 */
public final class Simulation {
    private static final long SECOND = 1_000_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long FRESH = 100_000;
    private static final long LEAST_SLEEP = 250_000;

    private final Setting setting;
    private final SimulatedUpstream upstream;
    private final Random random;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
    private final List<Node> nodes = new ArrayList<>();
    private Gcra shared = Gcra.fresh(0);
    private long now;
    private long number;
    private long accepted;
    private long refused;
    private double allowed;

    /** What a refusal says of how long to stay away. */
    public enum RetryAfter {
        NONE,
        WHOLE_SECONDS,
        EXACT
    }

    /** From a minute on, the upstream allows so much. */
    public record Step(double minute, double requests, double tokens) {}

    /**
     * What is simulated.
     *
     * @param limit as configured
     * @param steps what the upstream really allows, from minute 0 on
     * @param demand calls a minute
     * @param tokens of each call, on average; uniform from half to one and a half
     * @param latencyMs of an answer; uniform from half to one and a half
     * @param skipMinutes what is not counted, at the start
     */
    public record Setting(
            Limit limit,
            SimulatedUpstream.Kind kind,
            List<Step> steps,
            int nodes,
            double demand,
            long tokens,
            long latencyMs,
            RetryAfter retryAfter,
            boolean headers,
            double minutes,
            double skipMinutes,
            long seed) {

        /** Four nodes, half an hour, half as many calls again as are configured, and an answer within 0.1 s. */
        public static Setting of(Limit limit, SimulatedUpstream.Kind kind) {
            return new Setting(
                    limit,
                    kind,
                    List.of(),
                    4,
                    1.5 * limit.requestsPerMinute(),
                    500,
                    100,
                    RetryAfter.EXACT,
                    false,
                    30,
                    0,
                    1);
        }

        public Setting with(List<Step> allowed) {
            return new Setting(
                    limit,
                    kind,
                    allowed,
                    nodes,
                    demand,
                    tokens,
                    latencyMs,
                    retryAfter,
                    headers,
                    minutes,
                    skipMinutes,
                    seed);
        }

        public Setting with(RetryAfter told, boolean withHeaders) {
            return new Setting(
                    limit,
                    kind,
                    steps,
                    nodes,
                    demand,
                    tokens,
                    latencyMs,
                    told,
                    withHeaders,
                    minutes,
                    skipMinutes,
                    seed);
        }

        public Setting with(int howManyNodes) {
            return new Setting(
                    limit,
                    kind,
                    steps,
                    howManyNodes,
                    demand,
                    tokens,
                    latencyMs,
                    retryAfter,
                    headers,
                    minutes,
                    skipMinutes,
                    seed);
        }

        public Setting with(long newSeed) {
            return new Setting(
                    limit,
                    kind,
                    steps,
                    nodes,
                    demand,
                    tokens,
                    latencyMs,
                    retryAfter,
                    headers,
                    minutes,
                    skipMinutes,
                    newSeed);
        }

        /** Lasts so long, of which the first minutes do not count. */
        public Setting lasting(double total, double notCounted) {
            return new Setting(
                    limit, kind, steps, nodes, demand, tokens, latencyMs, retryAfter, headers, total, notCounted, seed);
        }
    }

    /** What came of it, in percent. */
    public record Result(double used, double refused, long calls, double lastSpeed) {}

    private record Event(long at, long number, Runnable action) {}

    private static final class Node {
        private Gcra copy = Gcra.fresh(0);
        private long heard;
        private int waiting;
    }

    private static final class Call {
        private final Node node;
        private final long tokens;
        private long slot;
        private int attempt;

        Call(Node node, long tokens) {
            this.node = node;
            this.tokens = tokens;
        }
    }

    private Simulation(Setting setting) {
        this.setting = setting;
        this.upstream = setting.kind.make();
        this.random = new Random(setting.seed);
        for (int i = 0; i < setting.nodes; i++) {
            nodes.add(new Node());
        }
    }

    /** Simulates a setting. */
    public static Result run(Setting setting) {
        return new Simulation(setting).run();
    }

    private Result run() {
        long end = (long) (setting.minutes * MINUTE);
        long skip = (long) (setting.skipMinutes * MINUTE);
        for (Step step : setting.steps) {
            at((long) (step.minute * MINUTE), () -> upstream.allow(step.requests, step.tokens));
        }
        at(skip, () -> {
            accepted = 0;
            refused = 0;
        });
        at(1, this::arrive);
        while (!events.isEmpty() && events.peek().at <= end) {
            Event event = events.remove();
            allowed += allowed(Math.max(skip, now), event.at);
            now = event.at;
            event.action.run();
        }
        allowed += allowed(Math.max(skip, now), end);
        return new Result(
                100 * accepted / allowed,
                100.0 * refused / Math.max(1, accepted + refused),
                accepted + refused,
                shared.pace(setting.limit).speed() / 1e6);
    }

    /** How many calls would have been right between two moments. */
    private double allowed(long from, long to) {
        double perMinute = Math.min(
                setting.demand,
                Math.min(upstream.requestsPerMinute, upstream.tokensPerMinute / Math.max(1, setting.tokens)));
        return Math.max(0, to - from) * perMinute / MINUTE;
    }

    private void arrive() {
        after((long) (-Math.log(1 - random.nextDouble()) * MINUTE / setting.demand), this::arrive);
        Node node = nodes.get(random.nextInt(nodes.size()));
        if (node.waiting < 256) {
            node.waiting++;
            acquire(new Call(node, Math.max(1, spread(setting.tokens))));
        }
    }

    private void acquire(Call call) {
        Gcra.Taken taken = shared.acquire(setting.limit, now, call.tokens);
        shared = taken.state();
        heard(call.node);
        call.slot = taken.slot();
        sleep(call, taken.delay());
    }

    private void sleep(Call call, long delay) {
        if (delay <= 0) {
            send(call);
        } else {
            after(Math.min(delay, Math.min(5 * SECOND, Math.max(delay / 2, LEAST_SLEEP))), () -> wake(call));
        }
    }

    private void wake(Call call) {
        if (now - call.node.heard > FRESH) {
            heard(call.node);
        }
        sleep(call, call.node.copy.pace(setting.limit).until(call.slot, now));
    }

    private void send(Call call) {
        call.node.waiting--;
        long epoch = call.node.copy.epoch();
        long sent = now;
        long half = spread(setting.latencyMs * 1_000) / 2;
        after(half, () -> {
            long wait = upstream.call(now, call.tokens);
            after(half, () -> answered(call, sent, epoch, wait));
        });
    }

    private void answered(Call call, long sent, long epoch, long wait) {
        if (setting.headers) {
            shared = shared.told(setting.limit, now, call.tokens, news(call));
        }
        if (wait == 0) {
            accepted++;
        } else {
            refused++;
            shared = shared.refused(setting.limit, now, call.tokens, new Refusal(now - sent, epoch, retryAfter(wait)));
            call.attempt++;
            long backoff =
                    (long) (SECOND * Math.min(60, 1L << Math.min(6, call.attempt - 1)) * (1 - random.nextDouble() / 2));
            after(Math.max(backoff, retryAfter(wait)), () -> {
                call.node.waiting++;
                acquire(call);
            });
        }
        heard(call.node);
    }

    private News news(Call call) {
        RateHints hints = new RateHints(
                OptionalLong.of((long) upstream.requestsPerMinute),
                OptionalLong.of((long) upstream.tokensPerMinute),
                Duration.ZERO);
        Permit permit = new Permit("", setting.limit.key(), call.tokens, Duration.ZERO);
        return News.of(setting.limit, permit, Settlement.used(call.tokens).with(hints, Duration.ZERO));
    }

    private long retryAfter(long wait) {
        return switch (setting.retryAfter) {
            case NONE -> -1;
            case EXACT -> wait;
            case WHOLE_SECONDS -> (wait + SECOND - 1) / SECOND * SECOND;
        };
    }

    private void heard(Node node) {
        node.copy = shared;
        node.heard = now;
    }

    private long spread(long mean) {
        return (long) (mean * (0.5 + random.nextDouble()));
    }

    private void after(long delay, Runnable action) {
        at(now + Math.max(0, delay), action);
    }

    private void at(long time, Runnable action) {
        events.add(new Event(time, number++, action));
    }
}
