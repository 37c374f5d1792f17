package dev.sluice.call;

import dev.sluice.admit.Admission;
import dev.sluice.admit.Settlement;
import dev.sluice.intake.CancelledException;
import dev.sluice.intake.DeadlineException;
import dev.sluice.intake.Request;
import dev.sluice.intake.Secrets;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.RuntimeCamelException;
import org.apache.hc.core5.http.HttpException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the upstream is down for everybody: a circuit breaker around the calls, and a gate before the limiter, so that
 * messages are not called in vain, nor wait for a slot in vain.
 *
 * <p>It opens after {@code outage.after-failures} calls in a row that failed as a server fails that is down: not reached, a
 * time-out, a broken connection, a 5xx. One call with any other end, be it a refusal, and the count begins anew; but one
 * that its client or its deadline has ended is not counted at all. Then it asks again after {@code outage.first-wait-ms},
 * twice as long each time up to {@code outage.max-wait-ms}, with one call; nodes that share a Redis take turns at that
 * ({@link Turns}). The first call that succeeds closes it.
 *
 * <p>A message that meets it fails with {@link UpstreamDownException}: it was not called, and is parked. The route that
 * draws in messages pauses meanwhile ({@link PauseWhileDown}). Thread-safe.
 */
public final class Outage {
    private static final Logger LOG = LoggerFactory.getLogger(Outage.class);
    private static final Secrets OTHERS = new Secrets("");
    private static final Duration NEXT_PROBE = Duration.ofSeconds(5);

    private final CircuitBreaker breaker;
    private final Settings settings;
    private final Turns turns;
    private final Clock clock;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private Instant since = Instant.MIN;
    private Instant retryAt = Instant.MIN;
    private int probes;
    private volatile String reason = "";

    /**
     * When it opens, and how long it waits then.
     *
     * @param afterFailures calls in a row; 0: never
     * @param firstWait before the first call that tries
     * @param maxWait at most between two of them
     */
    public record Settings(int afterFailures, Duration firstWait, Duration maxWait) {
        public Settings {
            if (afterFailures < 0 || firstWait.toMillis() < 1 || maxWait.compareTo(firstWait) < 0) {
                throw new IllegalArgumentException(
                        "outage.after-failures must be >= 0, outage.first-wait-ms >= 1 and outage.max-wait-ms >= outage.first-wait-ms; were %d, %d, %d"
                                .formatted(afterFailures, firstWait.toMillis(), maxWait.toMillis()));
            }
        }

        Duration waitAfter(int probes) {
            double factor = Math.pow(2, Math.min(probes, 30));
            return Duration.ofMillis((long) Math.min(firstWait.toMillis() * factor, maxWait.toMillis()));
        }
    }

    /** Which node may ask the upstream next. */
    public interface Turns {
        /** A node alone. */
        Turns ALWAYS = new Turns() {
            @Override
            public boolean take(Duration howLong) {
                return true;
            }

            @Override
            public void giveBack() {}
        };

        /** Whether it is this node's turn; no other node's for so long, if it is. Bounded in time. */
        boolean take(Duration howLong);

        /** The upstream is up again: whoever likes may see for himself. */
        void giveBack();
    }

    public Outage(Settings settings, Turns turns, Clock clock) {
        this.settings = settings;
        this.turns = turns;
        this.clock = clock;
        int calls = Math.max(1, settings.afterFailures);
        this.breaker = CircuitBreaker.of(
                "upstream",
                CircuitBreakerConfig.custom()
                        .slidingWindowType(SlidingWindowType.COUNT_BASED)
                        .slidingWindowSize(calls)
                        .minimumNumberOfCalls(calls)
                        .failureRateThreshold(100)
                        .permittedNumberOfCallsInHalfOpenState(1)
                        .waitDurationInOpenState(Duration.ofDays(365)) // the gate tells when
                        .recordException(Outage::saysDown)
                        .ignoreException(Outage::saysNothing)
                        .build());
        if (settings.afterFailures == 0) {
            breaker.transitionToDisabledState();
        }
        breaker.getEventPublisher()
                .onError(event -> reason = said(event.getThrowable()))
                .onStateTransition(event -> moved(event.getStateTransition().getToState()));
    }

    /** For the route, around the call. */
    public CircuitBreaker breaker() {
        return breaker;
    }

    /** Until when no call makes sense; empty if calls are made. */
    public synchronized Optional<Instant> downUntil() {
        return breaker.getState() == State.OPEN ? Optional.of(retryAt) : Optional.empty();
    }

    /** Whether calls have failed to the point that none, or only one that tries, is made. */
    public boolean isDown() {
        return breaker.getState() == State.OPEN || breaker.getState() == State.HALF_OPEN;
    }

    /** What the last failure said. */
    public String reason() {
        return reason;
    }

    /** Runs something whenever it opens or closes, or stays open for longer than it said. It must not block. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** The route's step before the limiter: fails while the upstream is down, but for the call that tries. */
    public Processor gate() {
        return exchange -> {
            Instant until = closedUntil();
            if (until != null) {
                throw down(exchange, until);
            }
        };
    }

    /** The route's step for a call that the breaker did not let through: it was not made. */
    public Processor refused() {
        return exchange -> {
            if (exchange.getProperty(Exchange.EXCEPTION_CAUGHT) instanceof CallNotPermittedException) {
                Admission.endsAs(exchange, Settlement.of(Settlement.Outcome.IGNORED));
                throw down(exchange, downUntil().orElse(clock.instant().plus(NEXT_PROBE)));
            }
        };
    }

    /** The route's step for what the breaker passes on wrapped. */
    public Processor passed() {
        return exchange -> {
            if (exchange.getProperty(Exchange.EXCEPTION_CAUGHT) instanceof Exception failure) {
                throw asItWas(failure);
            }
        };
    }

    /** What was thrown behind the breaker. */
    static Exception asItWas(Exception failure) {
        return failure instanceof RuntimeCamelException && failure.getCause() instanceof Exception cause
                ? cause
                : failure;
    }

    /**
     * What a failed call ends its message with while the upstream is down, whatever attempts are left; empty if that is no
     * sign of an outage.
     */
    Optional<UpstreamDownException> blamed(Exchange exchange, Exception failure) {
        return saysDown(failure) ? downUntil().map(until -> down(exchange, until)) : Optional.empty();
    }

    /** Whether a failure is one that a server which is down for everybody would show. */
    static boolean saysDown(Throwable failure) {
        Throwable cause = behind(failure);
        return cause instanceof IOException
                || cause instanceof HttpException
                || (cause instanceof UpstreamException e && e.retryable() && (e.status() >= 500 || e.status() == 0));
    }

    /** Whether a call ended for its client's sake, which tells nothing of the upstream. */
    private static boolean saysNothing(Throwable failure) {
        Throwable cause = behind(failure);
        return cause instanceof CancelledException || cause instanceof DeadlineException;
    }

    private static String said(Throwable failure) {
        Throwable cause = behind(failure);
        return OTHERS.redact(
                cause instanceof UpstreamException ? String.valueOf(cause.getMessage()) : cause.toString());
    }

    /** What the breaker sees is wrapped. */
    private static Throwable behind(Throwable failure) {
        return failure instanceof Exception e ? asItWas(e) : failure;
    }

    /** One that was called in vain lets others try first, lest the upstream is judged by a single message. */
    private UpstreamDownException down(Exchange exchange, Instant until) {
        boolean called = Request.attempts(exchange) > 0;
        return new UpstreamDownException(called ? until.plus(settings.firstWait) : until);
    }

    private synchronized @Nullable Instant closedUntil() {
        if (!isDown()) {
            return null;
        }
        Instant now = clock.instant();
        if (now.isBefore(retryAt)) {
            return retryAt;
        }
        if (!turns.take(settings.waitAfter(probes))) {
            retryAt = now.plus(settings.firstWait);
            listeners.forEach(Runnable::run); // intakes that were to bring the call that tries pause again
            return retryAt;
        }
        retryAt = now.plus(NEXT_PROBE); // should this one never come to its call
        if (breaker.getState() == State.OPEN) {
            breaker.transitionToHalfOpenState();
        }
        return null;
    }

    private void moved(State state) {
        synchronized (this) {
            Instant now = clock.instant();
            if (state == State.OPEN) {
                if (probes == 0) {
                    since = now;
                    LOG.warn(
                            "upstream=down after={} calls in a row reason=\"{}\"; intakes pause, messages stay where they are; it is asked again from {} on, and all goes on by itself",
                            settings.afterFailures,
                            reason,
                            now.plus(settings.waitAfter(0)));
                }
                retryAt = now.plus(settings.waitAfter(probes++));
            } else if (state == State.CLOSED) {
                LOG.info(
                        "upstream=up down-s={} probes={}",
                        Duration.between(since, now).toSeconds(),
                        probes);
                probes = 0;
                turns.giveBack();
            }
        }
        if (state != State.HALF_OPEN) {
            listeners.forEach(Runnable::run);
        }
    }
}
