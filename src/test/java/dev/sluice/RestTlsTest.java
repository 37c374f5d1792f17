package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The front with TLS, for callers with a token of an identity provider. */
class RestTlsTest {
    private static @TempDir Path data;
    private static Issuer issuer;
    private static Certificate certificate;
    private static FrontNode front;
    private static HttpClient client;

    @BeforeAll
    static void start() throws Exception {
        issuer = new Issuer();
        certificate = new Certificate(data);
        front = new FrontNode(
                data,
                Map.of(
                        "rest.tls-certificate", certificate.pem().toString(),
                        "rest.tls-key", certificate.key().toString(),
                        "rest.jwt-jwks", issuer.jwks(),
                        "rest.jwt-issuer", Issuer.NAME,
                        "rest.jwt-audience", Issuer.AUDIENCE));
        client = HttpClient.newBuilder().sslContext(certificate.trust()).build();
    }

    @AfterAll
    static void stop() {
        front.close();
        issuer.close();
    }

    @Test
    void answersWhoHasAToken() throws Exception {
        HttpResponse<String> answer = ask(issuer.token("ann"), "hello");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("\"content\":\"hello\"");
        assertThat(ask(issuer.token("ann") + "x", "hello").statusCode()).isEqualTo(401);
        assertThat(ask("no-token-at-all", "hello").statusCode()).isEqualTo(401);
    }

    @Test
    void opensWebSocketsToo() throws Exception {
        SocketClient socket = new SocketClient(
                client.newWebSocketBuilder().header("Authorization", "Bearer " + issuer.token("ann")), url());
        socket.say(SocketClient.request("a", "sandbox-echo", "one two", true));

        socket.await("a", "end");

        assertThat(socket.text("a")).isEqualTo("one two");
        socket.close();
    }

    @Test
    void saysNothingToWhoDoesNotTrustItOrSpeaksPlainHttp() {
        assertThatThrownBy(() -> Http.get(url() + "/models")).isInstanceOf(SSLHandshakeException.class);
        assertThatThrownBy(() -> Http.get(front.url() + "/models")).isInstanceOf(java.io.IOException.class);
    }

    @Test
    void doesNotStartWithACertificateThatIsNone() throws Exception {
        Path none = Files.writeString(data.resolve("none.pem"), "hello");

        for (Path wrong : new Path[] {none, data.resolve("missing.pem")}) {
            assertThatThrownBy(() -> new FrontNode(
                            data.resolve("wrong"),
                            Map.of(
                                    "rest.tls-certificate",
                                    wrong.toString(),
                                    "rest.tls-key",
                                    certificate.key().toString())))
                    .hasStackTraceContaining("rest.tls-certificate=" + wrong)
                    .hasStackTraceContaining("both in PEM");
        }
    }

    private static String url() {
        return front.url().replaceFirst("http:", "https:");
    }

    private static HttpResponse<String> ask(String token, String prompt) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(url() + "/chat/completions"))
                        .timeout(FrontNode.LONG)
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(RestTest.chat("sandbox-echo", prompt)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
