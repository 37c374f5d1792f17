package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.ProducerTemplate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an integrator does: the example routes dropped in beside the shipped ones, and the pipeline called directly. */
class OwnRouteTest {
    private static @TempDir Path data;
    private static Node node;

    @BeforeAll
    static void startWithTheExamples() throws Exception {
        Awaitility.setDefaultTimeout(Duration.ofSeconds(30));
        Path routes = Files.createDirectories(data.resolve("routes"));
        for (String from : List.of("routes", "examples/routes")) {
            try (Stream<Path> files = Files.list(Path.of(from))) {
                for (Path file :
                        files.filter(f -> f.toString().endsWith(".camel.yaml")).toList()) {
                    Files.copy(file, routes.resolve(file.getFileName()));
                }
            }
        }
        Files.writeString(routes.resolve("own.camel.yaml"), """
                - route:
                    id: own
                    description: A route of an integrator's own.
                    from:
                      uri: direct
                      parameters:
                        name: own
                      steps:
                        - doTry:
                            steps:
                              - to:
                                  uri: direct
                                  parameters:
                                    name: pipeline
                            doCatch:
                              - exception:
                                  - java.lang.Exception
                                steps:
                                  - to:
                                      uri: direct
                                      parameters:
                                        name: keep-failed
                """);
        node = Node.start(
                routes,
                data,
                Map.of(
                        "folder.model", "sandbox-echo",
                        "cron.schedule", "* * * * * ?",
                        "cron.folder", data.resolve("morning").toString(),
                        "csv.inbox", data.resolve("csv/in").toString(),
                        "csv.outbox", data.resolve("csv/out").toString()));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void aPromptByTheClockBecomesAFileWithTheText() {
        await().untilAsserted(() -> assertThat(contents(data.resolve("morning")))
                .isNotEmpty()
                .allMatch(text -> text.startsWith("Write one sentence")));
    }

    @Test
    void theRowsOfACsvFileBecomeMessages() throws Exception {
        Path in = Files.createDirectories(data.resolve("csv/in"));
        Files.writeString(
                in.resolve("three.csv.part"), "id,text\n1,\"one, with a comma\"\n2,two\n3,\"drei\nZeilen\"\n");
        Files.move(in.resolve("three.csv.part"), in.resolve("three.csv"));

        await().untilAsserted(() -> assertThat(contents(data.resolve("csv/out")))
                .containsExactlyInAnyOrder(
                        "Summarise in one sentence: one, with a comma",
                        "Summarise in one sentence: two",
                        "Summarise in one sentence: drei\nZeilen"));
    }

    @Test
    void thePipelineAnswersAPromptWithTheChatCompletion() throws Exception {
        try (ProducerTemplate template = node.camel().createProducerTemplate()) {
            byte[] answer = template.requestBody("direct:pipeline", "hello ${body}", byte[].class);

            assertThat(new ObjectMapper()
                            .readTree(answer)
                            .at("/choices/0/message/content")
                            .textValue())
                    .isEqualTo("hello ${body}");
        }
    }

    @Test
    void theExchangeFailsWithTheReasonWhenThePipelineGivesUp() throws Exception {
        String body = "{\"model\":\"sandbox-400\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
        try (ProducerTemplate template = node.camel().createProducerTemplate()) {
            assertThat(org.assertj.core.api.Assertions.catchThrowableOfType(
                            CamelExecutionException.class, () -> template.requestBody("direct:pipeline", body)))
                    .cause()
                    .hasMessageContaining("400")
                    .extracting("code")
                    .isEqualTo("context_length_exceeded");
        }
    }

    @Test
    void headersOfTheSourceSteerNothing() throws Exception {
        Map<String, Object> headers = Map.of(
                "CamelHttpUri", "http://127.0.0.1:1/elsewhere",
                "CamelHttpPath", "/elsewhere",
                "CamelHttpQuery", "a=b",
                "CamelHttpMethod", "DELETE",
                "CamelRestHttpUri", "http://127.0.0.1:1/elsewhere",
                "camelhttprawquery", "a=b",
                "CAMELRESTHTTPQUERY", "a=b",
                "Host", "elsewhere",
                "X-Private", "not for the upstream");
        try (ProducerTemplate template = node.camel().createProducerTemplate()) {
            byte[] answer = template.requestBodyAndHeaders("direct:pipeline", "steady", headers, byte[].class);

            assertThat(new String(answer, java.nio.charset.StandardCharsets.UTF_8))
                    .contains("steady");
        }
    }

    @Test
    void keepFailedKeepsTheRequestByteForByteBesideItsReason() throws Exception {
        String body = "{\"model\":\"sandbox-401\", \"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
        try (ProducerTemplate template = node.camel().createProducerTemplate()) {
            template.send("direct:own", exchange -> exchange.getMessage().setBody(body));
        }

        await().untilAsserted(() -> assertThat(contents(data.resolve("failed/own")))
                .hasSize(2)
                .contains(body)
                .anyMatch(record -> record.contains("\"code\" : \"invalid_api_key\"")));
    }

    private static List<String> contents(Path folder) throws IOException {
        return Tree.files(folder).stream().map(OwnRouteTest::read).toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
