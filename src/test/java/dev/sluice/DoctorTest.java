package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
    private static final String KEY = "the-key-of-this-test-17aa";
    private static Sandbox sandbox;

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private String more = "";

    @BeforeAll
    static void start() {
        sandbox = Sandbox.start(SandboxConfig.defaults().withApiKey(KEY));
    }

    @AfterAll
    static void stop() {
        sandbox.close();
    }

    @Test
    void saysThatAllIsWell() throws Exception {
        assertThat(doctor(sandbox.url().toString(), KEY)).as(out.toString()).isZero();
        assertThat(out.toString())
                .contains("dns", "connect", "tls", "key ", "call ", "clock", "redis", "broker", "folders", "all well")
                .doesNotContain("FAIL", KEY);
        assertThat(out.toString().lines()).allMatch(line -> line.length() <= 80);
        assertThat(folder.resolve("redis")).doesNotExist(); // the first run is still to come
    }

    @Test
    void looksForNoBrokerIfNoRequestsComeFromOne() throws Exception {
        more = "intakes=folder%njms.broker-url=tcp://127.0.0.1:1".formatted();
        assertThat(doctor(sandbox.url().toString(), KEY, "--no-call")).isZero();
        assertThat(out.toString()).containsPattern("broker +SKIP +the intake jms is not chosen");
        more = "camel.beans.jmsConnectionFactory=#class:com.example.Factory";
        assertThat(doctor(sandbox.url().toString(), KEY, "--no-call")).isZero();
        assertThat(out.toString()).containsPattern("broker +SKIP +it is the bean jmsConnectionFactory's");
    }

    @Test
    void saysWhatIsWrongWithTheKeyAndWhatToDo() throws Exception {
        assertThat(doctor(sandbox.url().toString(), "another-key")).isOne();
        assertThat(out.toString())
                .containsPattern("key +FAIL +status 401")
                .contains("→ set the key")
                .doesNotContain("another-key");
    }

    @Test
    void saysThatNobodyListens() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        assertThat(doctor("http://127.0.0.1:" + port + "/v1", KEY)).isOne();
        assertThat(out.toString()).containsPattern("connect +FAIL").doesNotContain("call ");
    }

    @Test
    void saysThatThereIsNoSuchName() throws Exception {
        assertThat(doctor("https://nonexistent.invalid/v1", KEY)).isOne();
        assertThat(out.toString())
                .containsPattern("dns +FAIL +nonexistent.invalid")
                .doesNotContain("connect ");
    }

    @Test
    void saysWhetherTheBrokerLetsTheUserIn() throws Exception {
        Map<String, String> settings = Map.of("intakes", "jms", "jms.user", "sluice", "jms.password", "right");
        try (Node node = Node.start(folder.resolve("node"), settings)) {
            Queues.awaitReady(node);
            String broker = "jms.broker-url=tcp://127.0.0.1:%s%njms.user=sluice%njms.password="
                    .formatted(node.camel().resolvePropertyPlaceholders("{{jms.port}}"));

            more = broker + "wrong";
            assertThat(doctor(sandbox.url().toString(), KEY, "--no-call")).isOne();
            assertThat(out.toString())
                    .containsPattern("broker +FAIL ")
                    .contains("jms.password")
                    .doesNotContain("wrong");
            more = broker + "right";
            assertThat(doctor(sandbox.url().toString(), KEY, "--no-call")).isZero();
            assertThat(out.toString()).containsPattern("broker +OK .*lets user sluice read chat.requests");
        }
        more = "intakes=folder%ndispatch=jms%njms.broker-url=tcp://127.0.0.1:1".formatted();
        assertThat(doctor(sandbox.url().toString(), KEY, "--no-call")).isOne();
        assertThat(out.toString()).contains("→ start the broker");
    }

    @Test
    void saysWhichFolderCannotBeWrittenAsJson() throws Exception {
        Files.writeString(folder.resolve("outbox"), "a file where a folder should be");

        assertThat(doctor(sandbox.url().toString(), KEY, "--json", "--no-call")).isOne();
        JsonNode findings = new ObjectMapper().readTree(out.toString());
        assertThat(findings.findValuesAsText("check")).contains("call", "redis clock");
        JsonNode last = findings.get(findings.size() - 1);
        assertThat(last.path("state").asText()).isEqualTo("FAIL");
        assertThat(last.path("found").asText()).contains("folder.outbox");
        assertThat(last.path("remedy").asText()).isNotBlank();
    }

    private int doctor(String upstream, String key, String... options) throws Exception {
        Path config = Files.createDirectories(folder.resolve("config"));
        StringBuilder properties = new StringBuilder("upstream.url=%s%nupstream.api-key=%s%n".formatted(upstream, key));
        for (String name : List.of("inbox", "outbox", "failed", "done")) {
            properties.append("folder.%s=%s%n".formatted(name, folder.resolve(name)));
        }
        properties.append("redis.folder=%s%n".formatted(folder.resolve("redis")));
        properties.append(more.isEmpty() ? "jms.port=1%n".formatted() : more + "%n".formatted());
        Files.writeString(config.resolve("application.properties"), properties);
        String[] arguments = new String[options.length + 3];
        arguments[0] = "doctor";
        arguments[1] = "--config";
        arguments[2] = config.toString();
        System.arraycopy(options, 0, arguments, 3, options.length);
        return Sluice.commandLine(Path.of("").toAbsolutePath())
                .setOut(new PrintWriter(out))
                .execute(arguments);
    }
}
