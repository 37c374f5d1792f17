package dev.sluice.front;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What every request passes before a byte of its body is read, whatever its path: it gets an id, and has to show who it
 * is. Nothing of it becomes a header of a Camel message: what the routes may know of it is in {@link FrontCall}.
 */
final class Door implements Handler<RoutingContext> {
    private static final String ID = "sluice.id";
    private static final String CALLER = "sluice.caller";
    private static final String BEARER = "Bearer ";
    /** How a browser shows its key when it opens a WebSocket, for which it cannot set a header. */
    private static final String KEY_PROTOCOL = "openai-insecure-api-key.";

    private static final Pattern LOOPBACK = Pattern.compile("127(\\.\\d{1,3}){3}");
    private static final Pattern JSON =
            Pattern.compile("application/([\\w.-]+\\+)?json *(;.*)?", Pattern.CASE_INSENSITIVE);

    private static final List<String> OPEN_PATHS = List.of("/openapi.json");

    private final FrontSettings settings;
    private final Credentials credentials;
    private final Supplier<String> ids;
    private volatile boolean open;

    Door(FrontSettings settings, Credentials credentials, Supplier<String> ids) {
        this.settings = settings;
        this.credentials = credentials;
        this.ids = ids;
    }

    /** From now on requests are let in. */
    void open() {
        open = true;
    }

    /** From now on requests are told to come back later. */
    void close() {
        open = false;
    }

    boolean isOpen() {
        return open;
    }

    static String id(RoutingContext ctx) {
        return Objects.requireNonNull(ctx.get(ID));
    }

    static Caller caller(RoutingContext ctx) {
        return Objects.requireNonNull(ctx.get(CALLER));
    }

    @Override
    public void handle(RoutingContext ctx) {
        HttpServerRequest request = ctx.request();
        String id = ids.get();
        ctx.put(ID, id);
        request.response()
                .putHeader("X-Request-Id", id)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Cache-Control", "no-store");
        watch(ctx);
        FrontError refusal = refusal(request);
        if (refusal != null) {
            refuse(ctx, refusal);
            return;
        }
        String key = key(request);
        if (key != null && credentials.mayBlock(key)) {
            request.pause();
            ctx.vertx().executeBlocking(() -> credentials.callerOf(key), false).onComplete(found -> {
                request.resume();
                if (found.succeeded()) {
                    letIn(ctx, found.result());
                } else {
                    refuse(
                            ctx,
                            FrontError.unavailable(
                                    "issuer_unavailable", "whether this token is good cannot be told now"));
                }
            });
        } else {
            letIn(ctx, credentials.callerOf(key));
        }
    }

    private void letIn(RoutingContext ctx, Optional<Caller> caller) {
        if (caller.isPresent() || OPEN_PATHS.contains(ctx.request().path())) {
            ctx.put(CALLER, caller.orElse(Caller.ANYBODY));
            ctx.next();
            return;
        }
        ctx.response().putHeader("WWW-Authenticate", "Bearer");
        refuse(
                ctx,
                FrontError.wrong(
                        401,
                        "invalid_api_key",
                        "no valid key; send one as Authorization: Bearer KEY, see rest.api-keys and rest.jwt-*"));
    }

    /** What is wrong with a request whoever sends it. */
    private @Nullable FrontError refusal(HttpServerRequest request) {
        if (!open) {
            return FrontError.unavailable("not_ready", "Sluice is starting or stopping");
        }
        if (credentials.letAnybodyIn() && !isLocal(request)) {
            return FrontError.wrong(
                    403, "host_not_allowed", "without rest.api-keys only requests to localhost are answered");
        }
        if (!isFromAllowedPage(request)) {
            return FrontError.wrong(
                    403,
                    "origin_not_allowed",
                    "pages of this origin may not call; rest.cors-origins lists those that may");
        }
        if (request.method().equals(HttpMethod.POST)
                && !isJson(request.getHeader(HttpHeaders.CONTENT_TYPE))
                && !Uploads.isOne(request)
                && !hasNoBody(request)) {
            return FrontError.wrong(415, "unsupported_media_type", "send Content-Type: application/json");
        }
        return request.getHeader(HttpHeaders.CONTENT_ENCODING) == null
                ? null
                : FrontError.wrong(415, "unsupported_encoding", "send the body without Content-Encoding");
    }

    /** A page elsewhere can point a name of its own at this machine, and its browser would let it call here. */
    private boolean isLocal(HttpServerRequest request) {
        HostAndPort authority = request.authority();
        if (authority == null) {
            return false;
        }
        String host = authority.host().toLowerCase(Locale.ROOT).replace("[", "").replace("]", "");
        return host.equals("localhost")
                || host.endsWith(".localhost")
                || host.equals("::1")
                || LOOPBACK.matcher(host).matches()
                || host.equals(settings.host());
    }

    private boolean isFromAllowedPage(HttpServerRequest request) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin == null
                || settings.origins().contains("*")
                || settings.origins().contains(origin)) {
            return true;
        }
        try {
            String authority = URI.create(origin).getRawAuthority();
            return authority != null && authority.equalsIgnoreCase(request.getHeader(HttpHeaders.HOST));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isJson(@Nullable String contentType) {
        return contentType != null && JSON.matcher(contentType).matches();
    }

    private static boolean hasNoBody(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return "0".equals(length) && request.path().endsWith("/cancel");
    }

    private static @Nullable String key(HttpServerRequest request) {
        String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (authorization != null) {
            return authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                    ? authorization.substring(BEARER.length()).strip()
                    : null;
        }
        String protocols = request.getHeader("Sec-WebSocket-Protocol");
        if (protocols != null) {
            for (String protocol : protocols.split(",")) {
                if (protocol.strip().startsWith(KEY_PROTOCOL)) {
                    return protocol.strip().substring(KEY_PROTOCOL.length());
                }
            }
        }
        return null;
    }

    /** Answers with an error; what is still to come of the request is read for a while, and dropped. */
    static void refuse(RoutingContext ctx, FrontError error) {
        HttpServerResponse response = ctx.response();
        if (response.ended() || response.closed()) {
            return;
        }
        String seconds = error.retryAfterSeconds();
        if (seconds != null) {
            response.putHeader("Retry-After", seconds);
        }
        response.setStatusCode(error.status())
                .putHeader("Content-Type", "application/json")
                .putHeader("x-should-retry", String.valueOf(!error.hopeless()))
                .end(Buffer.buffer(error.body()));
    }

    private void watch(RoutingContext ctx) {
        HttpServerConnection connection = (HttpServerConnection) ctx.request().connection();
        SlowRequests slow = connection.channel().pipeline().get(SlowRequests.class);
        if (slow != null) {
            slow.requestBegins();
            ctx.addEndHandler(end -> slow.responseEnds());
        }
    }
}
