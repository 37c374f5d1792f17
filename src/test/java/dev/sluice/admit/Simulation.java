package dev.sluice.admit;

import dev.sluice.admit.SimulatedUpstream.Kind;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
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
    private static final long REFUSED_WITHIN = 50_000;
    private static final long AHEAD = Limit.micros(FairLimiter.AHEAD);
    private static final int QUEUE = 256;

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
    private Demand demand = new Demand(0, 0, 1);
    private double backlog;
    private double possible;

    /** What a refusal says of how long to stay away. */
    public enum RetryAfter {
        NONE,
        WHOLE_SECONDS,
        EXACT
    }

    /** What the upstream counts of the tokens that a call may cost. */
    public enum Charge {
        /** What it does cost, as if that were known before. */
        USED,
        /** All of it; what was not used comes back with the answer. */
        REFUNDED,
        /** All of it, for good. */
        KEPT
    }

    /** From a minute on, the upstream allows so much. */
    public record Step(double minute, double requests, double tokens) {}

    /** From a minute on, so many calls come a minute, so many of them at once. */
    public record Demand(double minute, double calls, int together) {}

    /**
     * How the upstream behaves.
     *
     * @param steps what it allows, from minute 0 on
     * @param headers whether it tells its limits
     */
    public record Provider(Kind kind, List<Step> steps, RetryAfter retryAfter, boolean headers, Charge charge) {}

    /**
     * What is asked of it.
     *
     * @param tokens that a call uses, on average; uniform from half to one and a half
     * @param reserved how many times what it uses a call reserves
     * @param latencyMs of an answer; uniform from half to one and a half, a refusal comes within 0.1 s
     */
    public record Load(int nodes, List<Demand> demand, long tokens, double reserved, long latencyMs) {}

    /**
     * What is simulated.
     *
     * @param limit as configured
     * @param skipMinutes what is not counted, at the start
     */
    public record Setting(Limit limit, Provider provider, Load load, double minutes, double skipMinutes, long seed) {

        /** Four nodes, half an hour, half as many calls again as are configured, and an answer within 0.1 s. */
        public static Setting of(Limit limit, Kind kind) {
            return new Setting(
                    limit,
                    new Provider(kind, List.of(), RetryAfter.EXACT, false, Charge.USED),
                    new Load(4, List.of(new Demand(0, 1.5 * limit.requestsPerMinute(), 1)), 500, 1, 100),
                    30,
                    0,
                    1);
        }

        public Setting with(Step... steps) {
            return with(new Provider(
                    provider.kind, List.of(steps), provider.retryAfter, provider.headers, provider.charge));
        }

        public Setting with(RetryAfter told, boolean headers) {
            return with(new Provider(provider.kind, provider.steps, told, headers, provider.charge));
        }

        /** Calls reserve so many times what they use. */
        public Setting with(Charge charge, double reserved) {
            return with(new Provider(provider.kind, provider.steps, provider.retryAfter, provider.headers, charge))
                    .with(new Load(load.nodes, load.demand, load.tokens, reserved, load.latencyMs));
        }

        public Setting with(Demand... demand) {
            return with(new Load(load.nodes, List.of(demand), load.tokens, load.reserved, load.latencyMs));
        }

        public Setting with(int nodes) {
            return with(new Load(nodes, load.demand, load.tokens, load.reserved, load.latencyMs));
        }

        public Setting answeredWithin(long latencyMs) {
            return with(new Load(load.nodes, load.demand, load.tokens, load.reserved, latencyMs));
        }

        public Setting with(long newSeed) {
            return new Setting(limit, provider, load, minutes, skipMinutes, newSeed);
        }

        /** Lasts so long, of which the first minutes do not count. */
        public Setting lasting(double total, double notCounted) {
            return new Setting(limit, provider, load, total, notCounted, seed);
        }

        private Setting with(Provider other) {
            return new Setting(limit, other, load, minutes, skipMinutes, seed);
        }

        private Setting with(Load other) {
            return new Setting(limit, provider, other, minutes, skipMinutes, seed);
        }
    }

    /**
     * What came of it, in percent.
     *
     * @param used calls accepted, of those that a queue of the same length could have had accepted at the true limit
     * @param refused 429s, of all calls
     * @param lastSpeed the rate at the end, as a share of what is configured
     */
    public record Result(double used, double refused, long calls, double lastSpeed) {}

    private record Event(long at, long number, Runnable action) {}

    private static final class Node {
        private Gcra copy = Gcra.fresh(0);
        private final Deque<Call> queue = new ArrayDeque<>();
        private long heard;
        private int held;
        private long lastSlot;
        private boolean asleep;
    }

    private static final class Call {
        private final Node node;
        private final long used;
        private final long reserved;
        private long slot;
        private int attempt;

        Call(Node node, long used, double times) {
            this.node = node;
            this.used = used;
            this.reserved = Math.max(used, Math.round(used * times));
        }
    }

    private Simulation(Setting setting) {
        this.setting = setting;
        this.upstream = setting.provider.kind.make();
        this.random = new Random(setting.seed);
        for (int i = 0; i < setting.load.nodes; i++) {
            nodes.add(new Node());
        }
    }

    /** Simulates a setting. */
    public static Result run(Setting setting) {
        return new Simulation(setting).run();
    }

    private Result run() {
        long end = (long) (setting.minutes * MINUTE);
        for (Step step : setting.provider.steps) {
            at((long) (step.minute * MINUTE), () -> upstream.allow(step.requests, step.tokens));
        }
        for (Demand asked : setting.load.demand) {
            at((long) (asked.minute * MINUTE), () -> ask(asked));
        }
        at((long) (setting.skipMinutes * MINUTE), () -> {
            accepted = 0;
            refused = 0;
            possible = 0;
        });
        while (!events.isEmpty() && events.peek().at <= end) {
            Event event = events.remove();
            drain(event.at - now);
            now = event.at;
            event.action.run();
        }
        drain(end - now);
        return new Result(
                100 * accepted / possible,
                100.0 * refused / Math.max(1, accepted + refused),
                accepted + refused,
                shared.pace(setting.limit).speed() / 1e6);
    }

    /** What a queue could have had accepted meanwhile that knew the limit. */
    private void drain(long micros) {
        double charged = setting.load.tokens * (setting.provider.charge == Charge.KEPT ? setting.load.reserved : 1);
        double perMinute = Math.min(upstream.requestsPerMinute, upstream.tokensPerMinute / Math.max(1, charged));
        double could = Math.min(backlog, perMinute * micros / MINUTE);
        backlog -= could;
        possible += could;
    }

    private void ask(Demand asked) {
        demand = asked;
        if (asked.calls > 0) {
            arrive(asked);
        }
    }

    private void arrive(Demand asked) {
        if (demand != asked) {
            return; // it has changed
        }
        for (int i = 0; i < asked.together; i++) {
            Node node = nodes.get(random.nextInt(nodes.size()));
            backlog = Math.min(QUEUE * nodes.size(), backlog + 1);
            if (node.queue.size() + node.held < QUEUE) {
                queue(new Call(node, Math.max(1, spread(setting.load.tokens)), setting.load.reserved));
            }
        }
        after((long) (-Math.log(1 - random.nextDouble()) * MINUTE * asked.together / asked.calls), () -> arrive(asked));
    }

    private void queue(Call call) {
        call.node.queue.add(call);
        fill(call.node);
    }

    /** Reserves the next slots when the last one is near, as {@link FairLimiter} does. */
    private void fill(Node node) {
        while (!node.queue.isEmpty() && !node.asleep) {
            long early = node.held == 0 ? 0 : node.copy.pace(setting.limit).until(node.lastSlot, now) - AHEAD;
            if (early > 0) {
                node.asleep = true;
                after(Math.min(early, SECOND), () -> {
                    node.asleep = false;
                    look(node);
                    fill(node);
                });
                return;
            }
            node.held++;
            acquire(node.queue.remove());
        }
    }

    private void acquire(Call call) {
        Gcra.Taken taken = shared.acquire(setting.limit, now, call.reserved);
        shared = taken.state();
        heard(call.node);
        call.slot = taken.slot();
        call.node.lastSlot = taken.slot();
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
        look(call.node);
        sleep(call, call.node.copy.pace(setting.limit).until(call.slot, now));
    }

    private void look(Node node) {
        if (now - node.heard > FRESH) {
            heard(node);
        }
    }

    private void send(Call call) {
        call.node.held--;
        at(now, () -> fill(call.node));
        long epoch = call.node.copy.epoch();
        long sent = now;
        long half = spread(setting.load.latencyMs * 1_000) / 2;
        after(Math.min(half, REFUSED_WITHIN), () -> {
            long arrived = now;
            long wait = upstream.call(now, setting.provider.charge == Charge.USED ? call.used : call.reserved);
            after(wait == 0 ? half : Math.min(half, REFUSED_WITHIN), () -> answered(call, sent, arrived, epoch, wait));
        });
    }

    private void answered(Call call, long sent, long arrived, long epoch, long wait) {
        if (setting.provider.headers) {
            shared = shared.told(setting.limit, now, call.reserved, news(call));
        }
        if (wait == 0) {
            accepted++;
            long counted = setting.limit.tokensUsed(call.reserved, Settlement.used(call.used));
            shared = shared.settle(setting.limit, now, call.reserved, counted, true);
            if (setting.provider.charge == Charge.REFUNDED) {
                upstream.giveBack(now, arrived, call.reserved - call.used);
            }
        } else {
            refused++;
            shared =
                    shared.refused(setting.limit, now, call.reserved, new Refusal(now - sent, epoch, retryAfter(wait)));
            call.attempt++;
            long backoff =
                    (long) (SECOND * Math.min(60, 1L << Math.min(6, call.attempt - 1)) * (1 - random.nextDouble() / 2));
            after(Math.max(backoff, retryAfter(wait)), () -> queue(call));
        }
        heard(call.node);
    }

    private News news(Call call) {
        RateHints hints = new RateHints(
                OptionalLong.of((long) upstream.requestsPerMinute),
                OptionalLong.of((long) upstream.tokensPerMinute),
                Duration.ZERO);
        Permit permit = new Permit("", setting.limit.key(), call.reserved, Duration.ZERO);
        return News.of(setting.limit, permit, Settlement.used(call.used).with(hints, Duration.ZERO));
    }

    private long retryAfter(long wait) {
        return switch (setting.provider.retryAfter) {
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
