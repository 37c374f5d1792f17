package dev.sluice.call;

import dev.sluice.admit.Admission;
import dev.sluice.admit.Settlement;
import dev.sluice.intake.Cancellation;
import dev.sluice.intake.CancelledException;
import dev.sluice.intake.Deadline;
import dev.sluice.intake.Request;
import dev.sluice.intake.SluiceException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;

/**
 * Turns what the network did to an attempt into a {@link RetryableUpstreamException}; every network failure may be tried
 * again. An attempt that never reached the upstream gives its permit back. A call that
 * was cancelled fails with {@link CancelledException}, one that met the deadline of its message with that.
 */
public final class NetworkFailure implements Processor {

    /** Failures before a byte of the request was sent; none is a subclass of another. */
    private static final Map<Class<? extends IOException>, String> NOT_REACHED = Map.of(
            UnknownHostException.class, "dns_failure",
            ConnectTimeoutException.class, "connect_timeout",
            ConnectException.class, "connect_refused",
            NoRouteToHostException.class, "no_route_to_host",
            SSLHandshakeException.class, "tls_failure",
            SSLPeerUnverifiedException.class, "tls_failure",
            ConnectionRequestTimeoutException.class, "connection_pool_exhausted");

    private final UpstreamKey key;

    public NetworkFailure(UpstreamKey key) {
        this.key = key;
    }

    @Override
    public void process(Exchange exchange) throws SluiceException {
        throw of(
                exchange,
                Objects.requireNonNull(
                        exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class), "nothing has failed"));
    }

    /** What a failure of the connection, on the way or in the middle of an answer, means. */
    public SluiceException of(Exchange exchange, Exception cause) {
        for (var entry : NOT_REACHED.entrySet()) {
            if (entry.getKey().isInstance(cause)) {
                Admission.endsAs(exchange, Settlement.of(Settlement.Outcome.IGNORED));
                return endedOr(exchange, failure(entry.getValue(), "the upstream was not reached", cause));
            }
        }
        return endedOr(exchange, broken(exchange, cause));
    }

    /** A connection that was closed because nobody waits for the answer, or no longer, says nothing of the network. */
    private static SluiceException endedOr(Exchange exchange, RetryableUpstreamException failure) {
        if (Cancellation.isCancelled(exchange)) {
            return new CancelledException();
        }
        return Deadline.forbids(exchange, Duration.ZERO)
                ? Deadline.over(
                        exchange,
                        "attempt %d ended then (%s)".formatted(Request.attempts(exchange), failure.getMessage()))
                : failure;
    }

    private RetryableUpstreamException broken(Exchange exchange, Exception cause) {
        if (cause instanceof SSLException) {
            return failure("tls_failure", "the TLS connection failed", cause);
        }
        if (cause instanceof SocketTimeoutException) {
            Admission.endsAs(exchange, Settlement.overloaded());
            boolean begun = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE) != null
                    && !(cause instanceof FirstEvent.FirstEventTimeoutException);
            return begun
                    ? failure("idle_timeout", "the answer stalled, see upstream.idle-timeout-ms", cause)
                    : failure("first_byte_timeout", "no answer began, see upstream.first-byte-timeout-ms", cause);
        }
        return failure("connection_lost", "the connection broke before the answer was whole", cause);
    }

    private RetryableUpstreamException failure(String code, String what, Exception cause) {
        return new RetryableUpstreamException(
                0, code, "%s: %s".formatted(what, key.redact(String.valueOf(cause.getMessage()))));
    }
}
