package dev.sluice.sandbox;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What every request passes: path and method, the key, the size of the body. */
final class Front implements Handler<HttpServerRequest> {
    static final int MAX_BODY_BYTES = 32 * 1024 * 1024;

    private final Engine engine;

    Front(Engine engine) {
        this.engine = engine;
    }

    @Override
    public void handle(HttpServerRequest request) {
        switch (request.path()) {
            case "/v1/chat/completions" -> post(request, Endpoint.CHAT);
            case "/v1/completions" -> post(request, Endpoint.COMPLETIONS);
            case "/v1/embeddings" -> post(request, Endpoint.EMBEDDINGS);
            case "/v1/responses" -> post(request, Endpoint.RESPONSES);
            case "/v1/models" -> on(request, HttpMethod.GET, true, http -> json(http, Json.models()));
            case "/sandbox/stats" -> on(request, HttpMethod.GET, false, http -> json(http, engine.statsJson()));
            case "/sandbox/reset" ->
                on(request, HttpMethod.POST, false, http -> {
                    engine.reset();
                    json(http, engine.statsJson());
                });
            default ->
                reject(
                        request,
                        new ApiError(
                                404,
                                "Invalid URL (%s %s)".formatted(request.method(), request.path()),
                                "invalid_request_error",
                                null,
                                "unknown_url"));
        }
    }

    private void on(
            HttpServerRequest request, HttpMethod method, boolean withKey, Consumer<HttpServerRequest> handler) {
        if (!request.method().equals(method)) {
            request.response().putHeader("Allow", method.name());
            reject(
                    request,
                    new ApiError(
                            405,
                            "Not allowed to %s on %s".formatted(request.method(), request.path()),
                            "invalid_request_error",
                            null,
                            "method_not_supported"));
            return;
        }
        ApiError wrongKey = withKey ? checkKey(request.getHeader(HttpHeaders.AUTHORIZATION)) : null;
        if (wrongKey != null) {
            request.response().putHeader("WWW-Authenticate", "Bearer");
            reject(request, wrongKey);
        } else {
            handler.accept(request);
        }
    }

    private @Nullable ApiError checkKey(@Nullable String authorization) {
        String wanted = engine.config().apiKey();
        if (wanted.isEmpty()) {
            return null;
        }
        boolean bearer = authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7);
        if (authorization == null || !bearer) {
            return new ApiError(
                    401,
                    "You didn't provide an API key. You need to provide your API key in an Authorization header using"
                            + " Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
                    "invalid_request_error",
                    null,
                    null);
        }
        return authorization.substring(7).strip().equals(wanted)
                ? null
                : new ApiError(401, "Incorrect API key provided.", "invalid_request_error", null, "invalid_api_key");
    }

    private void post(HttpServerRequest request, Endpoint endpoint) {
        on(request, HttpMethod.POST, true, http -> ask(http, endpoint));
    }

    private void ask(HttpServerRequest request, Endpoint endpoint) {
        Buffer body = Buffer.buffer();
        boolean[] tooLarge = {false};
        request.handler(part -> {
            if (tooLarge[0]) {
                return; // read on to the end: a client that is still sending would miss the answer otherwise
            }
            tooLarge[0] = part.length() > MAX_BODY_BYTES - body.length();
            if (tooLarge[0]) {
                rejectTooLarge(request);
            } else {
                body.appendBuffer(part);
            }
        });
        request.endHandler(end -> {
            if (!tooLarge[0]) {
                engine.answer(request, endpoint, body.getBytes());
            }
        });
    }

    private void rejectTooLarge(HttpServerRequest request) {
        reject(
                request,
                new ApiError(
                        413,
                        "The request body is larger than %d bytes.".formatted(MAX_BODY_BYTES),
                        "invalid_request_error",
                        null,
                        "request_too_large"));
    }

    private void reject(HttpServerRequest request, ApiError error) {
        engine.reject(request, error, Map.of());
    }

    private static void json(HttpServerRequest request, String body) {
        request.response().putHeader("Content-Type", Script.JSON).end(body);
    }
}
