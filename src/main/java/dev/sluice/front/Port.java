package dev.sluice.front;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.SocketException;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;

/** What listens for connections, how many and how slow they may be, with TLS or without; what is no HTTP ends here. */
final class Port {
    private static final int BACKLOG = 8192;
    private static final int LONGEST_URL = 8192;

    private final FrontSettings settings;
    private final HttpServer server;
    private final AtomicInteger connections = new AtomicInteger();
    private final OnlyHttp1 onlyHttp1 = new OnlyHttp1();

    Port(Vertx vertx, FrontSettings settings, Handler<HttpServerRequest> requests) {
        this.settings = settings;
        this.server = vertx.createHttpServer(options(settings))
                .connectionHandler(this::connected)
                .invalidRequestHandler(Port::refuseNonsense)
                .requestHandler(requests);
    }

    /** One event loop serves all connections. */
    static Vertx vertx() {
        return Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(4)
                .setInternalBlockingPoolSize(2)
                .setUseDaemonThread(true)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
    }

    /**
     * Blocks until it listens.
     *
     * @throws UncheckedIOException if it cannot, for example because the port is taken
     * @throws IllegalArgumentException if certificate and key are of no use
     */
    void listen() {
        try {
            server.listen(settings.port(), settings.host())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
        } catch (CompletionException e) {
            throw refused(e.getCause() == null ? e : e.getCause());
        }
    }

    int number() {
        return server.actualPort();
    }

    int connections() {
        return connections.get();
    }

    private RuntimeException refused(Throwable cause) {
        FrontSettings.Tls tls = settings.tls();
        if (tls == null || cause instanceof SocketException || cause instanceof UnresolvedAddressException) {
            return new UncheckedIOException(new BindException(
                    "rest.port=%d of rest.host=%s cannot be had (%s); stop what listens there, or set another port as REST_PORT"
                            .formatted(settings.port(), settings.host(), cause.getMessage())));
        }
        return new IllegalArgumentException(
                "rest.tls-certificate=%s and rest.tls-key=%s cannot be used (%s); name a certificate and its key, both in PEM"
                        .formatted(tls.certificate(), tls.key(), reason(cause)));
    }

    private static String reason(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root instanceof IOException ? root.toString() : String.valueOf(root.getMessage());
    }

    private void connected(HttpConnection connection) {
        if (connections.incrementAndGet() > settings.maxConnections()) {
            connections.decrementAndGet();
            connection.close();
            return;
        }
        connection.closeHandler(closed -> connections.decrementAndGet());
        ((HttpServerConnection) connection)
                .channel()
                .pipeline()
                .addFirst(SlowRequests.NAME, new SlowRequests(settings.requestTimeout(), settings.idleTimeout()))
                .addBefore(OnlyHttp1.BEFORE, "only-http-1", onlyHttp1);
    }

    /** What is not HTTP, or too much of it: the connection cannot go on. */
    private static void refuseNonsense(HttpServerRequest request) {
        String cause = String.valueOf(request.decoderResult().cause());
        FrontError error = cause.contains("TooLongHttpLine")
                ? FrontError.wrong(414, "uri_too_long", "the URL is longer than " + LONGEST_URL + " bytes")
                : cause.contains("TooLongHttpHeader")
                        ? FrontError.wrong(
                                431, "headers_too_large", "the headers are too large (rest.max-header-bytes)")
                        : FrontError.wrong(400, "bad_request", "this is not HTTP/1.1");
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, // a response of Vert.x would repeat whatever the client calls its protocol
                HttpResponseStatus.valueOf(error.status()),
                Unpooled.wrappedBuffer(error.body()));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes())
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        ((HttpServerConnection) request.connection())
                .channel()
                .writeAndFlush(response)
                .addListener(ChannelFutureListener.CLOSE);
    }

    private static HttpServerOptions options(FrontSettings settings) {
        HttpServerOptions options = new HttpServerOptions()
                .setAcceptBacklog(BACKLOG)
                .setMaxHeaderSize(settings.maxHeaderBytes())
                .setMaxInitialLineLength(LONGEST_URL)
                .setHttp2ClearTextEnabled(false)
                .setHandle100ContinueAutomatically(true)
                .setMaxWebSocketFrameSize(settings.maxBodyBytes())
                .setMaxWebSocketMessageSize(settings.maxBodyBytes())
                .setWebSocketSubProtocols(List.of("sluice"));
        FrontSettings.Tls tls = settings.tls();
        if (tls != null) {
            options.setSsl(true)
                    .setUseAlpn(false)
                    .setKeyCertOptions(new PemKeyCertOptions()
                            .setCertPath(tls.certificate().toString())
                            .setKeyPath(tls.key().toString()));
        }
        return options;
    }
}
