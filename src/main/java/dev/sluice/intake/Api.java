package dev.sluice.intake;

import java.util.Arrays;
import java.util.Optional;

/** What a request asks of the upstream: the endpoints of an OpenAI-compatible API that Sluice knows how to judge. */
public enum Api {
    /** A chat completion: {@code model} and {@code messages}. */
    CHAT("/chat/completions"),
    /** Vectors of texts: {@code model} and {@code input}. */
    EMBEDDINGS("/embeddings"),
    /** A model response: {@code model} and {@code input}, or a prompt kept by the provider. */
    RESPONSES("/responses"),
    /** A text completion: {@code model} and {@code prompt}. */
    COMPLETIONS("/completions");

    private static final String BASE = "/v1";

    private final String path;

    Api(String path) {
        this.path = path;
    }

    /** Below the base URL, which ends in {@code /v1}. */
    public String path() {
        return path;
    }

    /** Below the host, as clients ask for it: {@code /v1/chat/completions}. */
    public String url() {
        return BASE + path;
    }

    /** The endpoint of that {@link #url}; empty if it is none that a request may be posted to. */
    public static Optional<Api> ofUrl(String url) {
        return url.startsWith(BASE) ? of(url.substring(BASE.length())) : Optional.empty();
    }

    private static Optional<Api> of(String path) {
        return Arrays.stream(values()).filter(api -> api.path.equals(path)).findFirst();
    }
}
