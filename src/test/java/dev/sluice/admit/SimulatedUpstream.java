package dev.sluice.admit;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * An upstream in virtual time that keeps its limit strictly: requests and tokens a minute, which may change. A refused
 * call drains nothing. All times are µs.
 */
public abstract class SimulatedUpstream {
    private static final double MINUTE = 60e6;

    double requestsPerMinute;
    double tokensPerMinute;

    /** How an upstream counts. */
    public enum Kind {
        /** A bucket that refills continuously and holds one second of the limit. */
        BUCKET_1S,
        /** The same with ten seconds. */
        BUCKET_10S,
        /** The same with a minute. */
        BUCKET_60S,
        /** What was accepted in the last 60 s, exactly. */
        SLIDING_LOG,
        /** What was accepted in this minute of the clock. */
        MINUTE_WINDOW;

        SimulatedUpstream make() {
            return switch (this) {
                case BUCKET_1S -> new Bucket(1e6);
                case BUCKET_10S -> new Bucket(10e6);
                case BUCKET_60S -> new Bucket(60e6);
                case SLIDING_LOG -> new SlidingLog();
                case MINUTE_WINDOW -> new Window();
            };
        }
    }

    void allow(double requests, double tokens) {
        requestsPerMinute = requests;
        tokensPerMinute = tokens;
    }

    /** How long until the call would be accepted; 0: it was. */
    abstract long call(long now, long tokens);

    /** A call that was accepted so long ago needed fewer tokens after all. */
    abstract void giveBack(long now, long acceptedAt, long tokens);

    private static final class Bucket extends SimulatedUpstream {
        private final double burst;
        private double requests = Double.MAX_VALUE;
        private double tokens = Double.MAX_VALUE;
        private long at;

        Bucket(double burst) {
            this.burst = burst;
        }

        @Override
        long call(long now, long count) {
            refill(now);
            double forRequests = (1 - requests) * MINUTE / requestsPerMinute;
            double needed = Math.min(count, size(tokensPerMinute));
            double forTokens = (needed - tokens) * MINUTE / tokensPerMinute;
            double wait = Math.max(forRequests, forTokens);
            if (wait > 1e-3) {
                return (long) Math.ceil(wait);
            }
            requests -= 1;
            tokens -= count;
            return 0;
        }

        @Override
        void giveBack(long now, long acceptedAt, long count) {
            refill(now);
            tokens = Math.min(size(tokensPerMinute), tokens + count);
        }

        private void refill(long now) {
            double passed = now - at;
            at = now;
            requests = Math.min(size(requestsPerMinute), requests + passed * requestsPerMinute / MINUTE);
            tokens = Math.min(size(tokensPerMinute), tokens + passed * tokensPerMinute / MINUTE);
        }

        private double size(double perMinute) {
            return Math.max(1, perMinute * burst / MINUTE);
        }
    }

    private static final class SlidingLog extends SimulatedUpstream {
        private final Deque<long[]> accepted = new ArrayDeque<>();
        private long sum;

        @Override
        long call(long now, long tokens) {
            forget(now);
            if (accepted.size() < requestsPerMinute && sum + tokens <= tokensPerMinute) {
                accepted.add(new long[] {now, tokens});
                sum += tokens;
                return 0;
            }
            int count = accepted.size();
            long left = sum;
            for (long[] call : accepted) {
                count--;
                left -= call[1];
                if (count < requestsPerMinute && left + tokens <= tokensPerMinute) {
                    return call[0] + (long) MINUTE - now;
                }
            }
            return (long) MINUTE;
        }

        @Override
        void giveBack(long now, long acceptedAt, long tokens) {
            for (long[] call : accepted) {
                if (call[0] == acceptedAt && call[1] >= tokens) {
                    call[1] -= tokens;
                    sum -= tokens;
                    return;
                }
            }
        }

        private void forget(long now) {
            while (!accepted.isEmpty() && accepted.peek()[0] <= now - (long) MINUTE) {
                sum -= accepted.remove()[1];
            }
        }
    }

    private static final class Window extends SimulatedUpstream {
        private long minute = -1;
        private long count;
        private long sum;

        @Override
        long call(long now, long tokens) {
            if (now / (long) MINUTE != minute) {
                minute = now / (long) MINUTE;
                count = 0;
                sum = 0;
            }
            if (count < requestsPerMinute && sum + tokens <= tokensPerMinute) {
                count++;
                sum += tokens;
                return 0;
            }
            return (minute + 1) * (long) MINUTE - now;
        }

        @Override
        void giveBack(long now, long acceptedAt, long tokens) {
            if (acceptedAt / (long) MINUTE == minute) {
                sum = Math.max(0, sum - tokens);
            }
        }
    }
}
