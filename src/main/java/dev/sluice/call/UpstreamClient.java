package dev.sluice.call;

import dev.sluice.admit.Admission;
import dev.sluice.intake.Cancellation;
import dev.sluice.intake.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.component.http.HttpActivityListener;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.http.io.HttpResponseInformationCallback;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * What camel-http has no option for: once a response has begun, the time between two reads is bounded by
 * {@code upstream.idle-timeout-ms} instead of {@code upstream.first-byte-timeout-ms} (of a stream: once its first event
 * has come); and responses are not compressed, since a compressed stream can be neither split as it comes nor broken off.
 * It also adds the credentials, so that they are never a header of the message, and ends a call by closing its connection
 * when its {@link Cancellation} is cancelled, or its {@link Deadline} has come (for which it must also be the endpoint's
 * {@code httpActivityListener}).
 */
public final class UpstreamClient implements HttpClientConfigurer, HttpActivityListener {
    /** Where camel-http leaves the exchange in the context of a call. */
    private static final String EXCHANGE = "org.apache.camel.Exchange";

    private final UpstreamKey key;
    private final Timeout idle;
    private final ScheduledExecutorService timer;

    /**
     * @param key what every call shows ({@code upstream.api-key})
     * @param idle the longest time between two reads of a response
     * @param timer ends calls at the deadline of their message
     */
    public UpstreamClient(UpstreamKey key, Duration idle, ScheduledExecutorService timer) {
        this.key = key;
        this.idle = Timeout.of(idle);
        this.timer = timer;
    }

    @Override
    public void configureHttpClient(HttpClientBuilder builder) {
        builder.disableContentCompression();
        builder.addRequestInterceptorFirst((call, body, context) ->
                key.show(call, context.getAttribute(EXCHANGE) instanceof Exchange exchange ? exchange : null));
        builder.addExecInterceptorFirst("end", this::endable);
        builder.setRequestExecutor(new HttpRequestExecutor() {
            @Override // the one that the client calls; the one without a callback comes here too
            public ClassicHttpResponse execute(
                    ClassicHttpRequest request,
                    HttpClientConnection connection,
                    @Nullable HttpResponseInformationCallback callback,
                    HttpContext context)
                    throws IOException, HttpException {
                long start = System.nanoTime();
                ClassicHttpResponse response = super.execute(request, connection, callback, context);
                if (response.getEntity() != null && isEventStream(response)) {
                    response.setEntity(new FirstEvent(response.getEntity(), connection, idle, start));
                } else {
                    connection.setSocketTimeout(idle);
                }
                return response;
            }
        });
    }

    /** From before the connection is made to the last byte of the response; afterwards there is nothing to end. */
    private ClassicHttpResponse endable(ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
            throws IOException, HttpException {
        if (!(scope.clientContext.getAttribute(EXCHANGE) instanceof Exchange exchange)
                || !(scope.originalRequest instanceof Cancellable call)) {
            return chain.proceed(request, scope);
        }
        Cancellation cancellation = Cancellation.of(exchange);
        if (cancellation != null) {
            cancellation.onCancel(call::cancel);
        }
        Deadline.left(exchange)
                .ifPresent(
                        left -> { // bytes that trickle in keep every other time-out from coming
                            long notBefore = Math.max(0, left.toMillis() + 1); // or the end looks like another's
                            Future<?> end = timer.schedule(call::cancel, notBefore, TimeUnit.MILLISECONDS);
                            Admission.atEnd(exchange, () -> end.cancel(false));
                        });
        try {
            return chain.proceed(request, scope);
        } catch (IllegalStateException e) { // what the client says when its connection is taken away
            if (Cancellation.isCancelled(exchange) || Deadline.forbids(exchange, Duration.ZERO)) {
                throw new IOException("the call was ended by its client or its deadline", e);
            }
            throw e;
        }
    }

    @Override
    public void onRequestSubmitted(
            Object source, Exchange exchange, HttpHost host, HttpRequest request, @Nullable HttpEntity entity) {
        // a listener is only there because camel-http tells the client nothing of the exchange without one
    }

    @Override
    public void onResponseReceived(
            Object source,
            Exchange exchange,
            HttpHost host,
            HttpResponse response,
            @Nullable HttpEntity entity,
            long elapsed) {
        // as above
    }

    private static boolean isEventStream(ClassicHttpResponse response) {
        return ReadAnswer.isEventStream(response.getEntity().getContentType());
    }
}
