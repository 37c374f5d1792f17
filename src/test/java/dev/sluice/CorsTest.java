package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages elsewhere that may call, and what their browsers ask first. */
class CorsTest {
    private static final String PAGE = "https://page.example";

    private static FrontNode front;

    @BeforeAll
    static void start(@TempDir Path data) throws Exception {
        front = new FrontNode(data, Map.of("rest.cors-origins", PAGE + ", https://other.example"));
    }

    @AfterAll
    static void stop() {
        front.close();
    }

    @Test
    void anAllowedPageMaySendWhateverHeadersItsSdkHas() throws Exception {
        HttpResponse<String> allowed =
                preflight(PAGE, "authorization,content-type,x-stainless-os,x-stainless-retry-count");

        assertThat(allowed.statusCode()).isBetween(200, 204);
        assertThat(allowed.headers().firstValue("access-control-allow-origin")).hasValue(PAGE);
        assertThat(allowed.headers().firstValue("access-control-allow-headers").orElseThrow())
                .contains("authorization", "content-type", "x-stainless-os", "x-stainless-retry-count");
        assertThat(allowed.headers().firstValue("access-control-allow-methods").orElseThrow())
                .contains("POST");
    }

    @Test
    void anAllowedPageSeesWhatItNeedsToTryAgain() throws Exception {
        HttpResponse<String> answer =
                front.post("/chat/completions", RestTest.chat("sandbox-echo", "hello"), "Origin", PAGE);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("access-control-allow-origin")).hasValue(PAGE);
        assertThat(answer.headers().firstValue("access-control-expose-headers").orElseThrow())
                .contains("x-request-id", "retry-after", "x-should-retry", "idempotent-replayed");
    }

    @Test
    void noOtherPageIsAllowedAnything() throws Exception {
        HttpResponse<String> refused = preflight("https://elsewhere.example", "authorization");

        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("\"code\":\"origin_not_allowed\"");
        assertThat(refused.headers().map())
                .doesNotContainKeys("access-control-allow-origin", "access-control-allow-headers");
    }

    @Test
    void aPageOfTheFrontItselfMayCallToo() throws Exception {
        String own = front.url().replace("/v1", "");

        assertThat(front.post("/chat/completions", RestTest.chat("sandbox-echo", "hello"))
                        .statusCode())
                .isEqualTo(200);

        assertThat(front.post("/chat/completions", RestTest.chat("sandbox-echo", "hello"), "Origin", own)
                        .statusCode())
                .isEqualTo(200);
    }

    private static HttpResponse<String> preflight(String origin, String headers) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(front.url() + "/chat/completions"))
                                .timeout(FrontNode.LONG)
                                .header("Origin", origin)
                                .header("Access-Control-Request-Method", "POST")
                                .header("Access-Control-Request-Headers", headers)
                                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }
}
