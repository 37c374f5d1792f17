package dev.sluice.call;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.http.io.HttpResponseInformationCallback;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * What camel-http has no option for: once a response has begun, the time between two reads is bounded by
 * {@code upstream.idle-timeout-ms} instead of {@code upstream.first-byte-timeout-ms} (of a stream: once its first event
 * has come); and responses are not compressed,
 * since a compressed stream can be neither split as it comes nor broken off. It also adds the credentials, so that they
 * are never a header of the message.
 */
public final class UpstreamClient implements HttpClientConfigurer {
    private final List<BasicHeader> credentials;
    private final Timeout idle;

    /**
     * @param apiKey bearer key, empty for none ({@code upstream.api-key})
     * @param idle the longest time between two reads of a response
     */
    public UpstreamClient(String apiKey, Duration idle) {
        this.credentials = apiKey.isBlank()
                ? List.of()
                : List.of(new BasicHeader(HttpHeaders.AUTHORIZATION, "Bearer " + apiKey.strip()));
        this.idle = Timeout.of(idle);
    }

    @Override
    public void configureHttpClient(HttpClientBuilder builder) {
        builder.disableContentCompression();
        builder.setDefaultHeaders(credentials);
        builder.setRequestExecutor(new HttpRequestExecutor() {
            @Override // the one that the client calls; the one without a callback comes here too
            public ClassicHttpResponse execute(
                    ClassicHttpRequest request,
                    HttpClientConnection connection,
                    @Nullable HttpResponseInformationCallback callback,
                    HttpContext context)
                    throws IOException, HttpException {
                ClassicHttpResponse response = super.execute(request, connection, callback, context);
                if (response.getEntity() != null && isEventStream(response)) {
                    response.setEntity(new FirstEvent(response.getEntity(), connection, idle));
                } else {
                    connection.setSocketTimeout(idle);
                }
                return response;
            }
        });
    }

    private static boolean isEventStream(ClassicHttpResponse response) {
        return ReadAnswer.isEventStream(response.getEntity().getContentType());
    }
}
