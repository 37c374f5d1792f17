package dev.sluice.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.admit.Admit;
import dev.sluice.admit.HandDrivenLimiter;
import dev.sluice.admit.Settle;
import dev.sluice.admit.Settlement.Outcome;
import dev.sluice.admit.TokenEstimate;
import dev.sluice.intake.Checked;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.HttpHostConnectException;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.ProtocolException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NetworkFailureTest {
    private static final CamelContext CAMEL = new DefaultCamelContext();
    private static final TokenEstimate ESTIMATE = new TokenEstimate();
    private static final String KEY = "my+own.key";

    /** What the network did, and what that is called; {@code begun} if a response had begun. */
    record Case(Exception cause, boolean begun, String code, Outcome outcome) {
        @Override
        public String toString() {
            return cause.getClass().getSimpleName() + (begun ? ", while the answer came" : "") + " → " + code;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case(new UnknownHostException("api.invalid"), false, "dns_failure", Outcome.IGNORED),
                new Case(new ConnectException("refused"), false, "connect_refused", Outcome.IGNORED),
                new Case(new HttpHostConnectException("refused"), false, "connect_refused", Outcome.IGNORED),
                new Case(new ConnectTimeoutException("slow"), false, "connect_timeout", Outcome.IGNORED),
                new Case(new NoRouteToHostException("no route"), false, "no_route_to_host", Outcome.IGNORED),
                new Case(
                        new ConnectionRequestTimeoutException("busy"),
                        false,
                        "connection_pool_exhausted",
                        Outcome.IGNORED),
                new Case(new SSLHandshakeException("expired"), false, "tls_failure", Outcome.IGNORED),
                new Case(new SSLPeerUnverifiedException("not its name"), false, "tls_failure", Outcome.IGNORED),
                new Case(new SSLException("bad record"), true, "tls_failure", Outcome.FAILED),
                new Case(new SocketTimeoutException("Read timed out"), false, "first_byte_timeout", Outcome.FAILED),
                new Case(new SocketTimeoutException("Read timed out"), true, "idle_timeout", Outcome.FAILED),
                new Case(new SocketException("Connection reset"), false, "connection_lost", Outcome.FAILED),
                new Case(new NoHttpResponseException("failed to respond"), false, "connection_lost", Outcome.FAILED),
                new Case(new EOFException(), true, "connection_lost", Outcome.FAILED),
                new Case(new ConnectionClosedException("Premature end"), true, "connection_lost", Outcome.FAILED),
                new Case(new MalformedChunkCodingException("chunk"), true, "connection_lost", Outcome.FAILED),
                new Case(new ProtocolException("no HTTP"), false, "connection_lost", Outcome.FAILED),
                new Case(new IOException("an event is longer than 7 bytes"), true, "connection_lost", Outcome.FAILED));
    }

    @AfterAll
    static void stop() throws Exception {
        CAMEL.close();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void namesWhatTheNetworkDid(Case given) {
        RetryableUpstreamException failure = failure(exchange(given));

        assertThat(failure.code()).isEqualTo(given.code);
        assertThat(failure.status()).isZero();
        assertThat(failure.retryable()).isTrue();
        assertThat(failure).hasMessageContaining(String.valueOf(given.cause.getMessage()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void givesThePermitBackOnlyIfTheUpstreamWasNotReached(Case given) {
        HandDrivenLimiter limiter = HandDrivenLimiter.generous();
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        AtomicInteger inFlight = new AtomicInteger();
        EmbeddedChannel time = new EmbeddedChannel();
        Exchange exchange = exchange(given);

        new Admit(limiter, ESTIMATE, of -> "default", Runnable::run, time.eventLoop(), meters, inFlight)
                .process(exchange, done -> {});
        assertThat(failure(exchange).code()).isEqualTo(given.code);
        new Settle(limiter, meters, inFlight).process(exchange);

        assertThat(limiter.outcomes()).containsExactly(given.outcome);
    }

    @Test
    void saysNothingOfTheKey() {
        Case echo = new Case(new IOException("header Authorization: Bearer " + KEY), false, "", Outcome.FAILED);

        assertThat(failure(exchange(echo)).getMessage()).doesNotContain(KEY);
    }

    private static RetryableUpstreamException failure(Exchange exchange) {
        RetryableUpstreamException failure = catchThrowableOfType(
                RetryableUpstreamException.class, () -> new NetworkFailure(UpstreamKey.of(KEY)).process(exchange));
        assertThat(failure).isNotNull();
        return failure;
    }

    private static Exchange exchange(Case given) {
        Exchange exchange = Checked.exchange(CAMEL, "a");
        exchange.setProperty(Exchange.EXCEPTION_CAUGHT, given.cause);
        if (given.begun) {
            exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, 200);
        }
        return exchange;
    }
}
