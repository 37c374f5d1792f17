package dev.sluice.front;

import dev.sluice.intake.Api;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.CorsHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** Which paths there are: the door before all of them, what describes them, and what is said of those that are not there. */
final class Paths {
    private static final String BASE = "/v1";
    private static final FrontError NOT_FOUND = FrontError.wrong(404, "not_found", "there is nothing at this path");
    private static final FrontError WRONG_METHOD =
            FrontError.wrong(405, "method_not_allowed", "this path has another method");

    private Paths() {}

    /** @param origins of pages that browsers may call from */
    static Router behind(Door door, List<String> origins, Vertx vertx) {
        Router root = Router.router(vertx);
        if (!origins.isEmpty()) {
            root.route().order(-2).handler(cors(origins));
        }
        root.route().order(-1).handler(door);
        Buffer description = description();
        root.get("/openapi.json").handler(ctx -> ctx.response()
                .putHeader("Content-Type", "application/json")
                .end(description));
        root.errorHandler(400, ctx -> Door.refuse(ctx, FrontError.wrong(400, "bad_request", "this makes no sense")));
        root.errorHandler(404, ctx -> Door.refuse(ctx, NOT_FOUND));
        root.errorHandler(405, ctx -> Door.refuse(ctx, isKnown(ctx) ? WRONG_METHOD : NOT_FOUND));
        root.errorHandler(500, ctx -> Door.refuse(ctx, FrontError.unavailable("internal_error", "internal error")));
        return root;
    }

    /** The route of requests takes any path below /v1, whether there is something or not. */
    private static boolean isKnown(RoutingContext ctx) {
        String path = ctx.request().path();
        return !path.startsWith(BASE)
                || Stream.of("/models", "/requests", "/files", "/batches", "/chat")
                        .map(BASE::concat)
                        .anyMatch(known -> path.equals(known) || path.startsWith(known + "/"))
                || Api.ofUrl(path).isPresent();
    }

    /** Whatever headers such a page asks for it may send: SDKs have their own. Of any other page the door decides. */
    private static Handler<RoutingContext> cors(List<String> origins) {
        CorsHandler handler = CorsHandler.create()
                .allowedMethods(Set.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.DELETE))
                .exposedHeaders(
                        Set.of("x-request-id", "retry-after", "location", "x-should-retry", "idempotent-replayed"))
                .maxAgeSeconds(600);
        if (origins.contains("*")) {
            return handler.addOriginWithRegex(".*");
        }
        handler.addOrigins(origins);
        return ctx -> {
            String origin = ctx.request().getHeader(HttpHeaders.ORIGIN);
            if (origin != null && origins.contains(origin)) {
                handler.handle(ctx);
            } else {
                ctx.next();
            }
        };
    }

    private static Buffer description() {
        try (InputStream in = Objects.requireNonNull(Paths.class.getResourceAsStream("openapi.json"))) {
            return Buffer.buffer(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
