package dev.sluice;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.admit.WaitTimer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The message folder as its users see it: the shipped routes, real files, a real Redis, the sandbox over a socket. */
class FolderTest {
    private static final String CHAT =
            "{\"model\":\"sandbox-echo\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}";
    private static final ObjectMapper JSON = new ObjectMapper();

    private static @TempDir Path sharedData;
    private static Node shared;

    @TempDir
    Path data;

    private Node node;

    @BeforeAll
    static void startTheSharedNode() throws Exception {
        Awaitility.setDefaultTimeout(Duration.ofSeconds(30));
        Awaitility.setDefaultPollInterval(Duration.ofMillis(20));
        shared = Node.start(sharedData, Map.of("folder.model", "sandbox-echo", "folder.max-bytes", "2000"));
    }

    @AfterAll
    static void stopTheSharedNode() {
        shared.close();
    }

    @BeforeEach
    void useTheSharedNode() {
        node = shared;
    }

    @AfterEach
    void stop() {
        if (node != shared) {
            node.close();
        }
    }

    @Test
    void answersPromptsAndChatBodies() throws Exception {
        node.drop("greeting.txt", "Hello there");
        node.drop("notes.MD", "# Notes");
        node.drop("chat.json", CHAT.formatted("from a body"));

        assertThat(answer("greeting.txt")).isEqualTo("Hello there");
        assertThat(answer("notes.MD")).isEqualTo("# Notes");
        assertThat(answer("chat.json")).isEqualTo("from a body");
        await().untilAsserted(() -> assertThat(node.done("greeting.txt")).hasContent("Hello there"));
        assertThat(node.inbox("greeting.txt")).doesNotExist();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "a name with spaces.txt",
                "问候-文件.txt",
                "${body} {{limit.key}} $simple{x}.txt",
                "sub/${date:now}/deep er/Ünïcödé.txt",
                "%41 #hash ?query &amp+plus.txt",
                "-rf.txt",
                "quote'\"`;$(id).txt",
                "tab\tand\nnewline.txt",
                "back\\slash.txt"
            })
    void namesAreJustText(String name) throws Exception {
        String content = "${body} {{limit.key}} ${header.SluiceRequestId} " + name;
        node.drop(name, content);

        assertThat(answer(name)).isEqualTo(content);
        await().untilAsserted(() -> assertThat(node.done(name)).hasContent(content));
        node.drop(name, content + " again");
        await().untilAsserted(() -> assertThat(node.done(name)).hasContent(content + " again"));
        assertThat(answer(name)).isEqualTo(content + " again");
    }

    static Stream<Arguments> wrongMessages() {
        return Stream.of(
                Arguments.of("empty.txt", new byte[0], "empty_message"),
                Arguments.of("blank.md", " \n\t".getBytes(UTF_8), "empty_message"),
                Arguments.of("empty.json", new byte[0], "empty_message"),
                Arguments.of("binary.txt", new byte[] {'a', 0, 'b'}, "binary_message"),
                Arguments.of(
                        "latin1.txt",
                        "M\u00fcller".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1),
                        "binary_message"),
                Arguments.of("broken.json", "{\"model\":".getBytes(UTF_8), "invalid_json"),
                Arguments.of("text.json", "hello".getBytes(UTF_8), "invalid_json"),
                Arguments.of("array.json", "[1]".getBytes(UTF_8), "invalid_request_error"),
                Arguments.of(
                        "shape.json", "{\"model\":\"m\",\"messages\":{}}".getBytes(UTF_8), "invalid_request_error"),
                Arguments.of("picture.png", new byte[] {(byte) 0x89, 'P', 'N', 'G'}, "unsupported_file_type"),
                Arguments.of("no-extension", "hello".getBytes(UTF_8), "unsupported_file_type"),
                Arguments.of("large.txt", "x".repeat(2001).getBytes(UTF_8), "message_too_large"));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("wrongMessages")
    void keepsWhatCannotBeAMessageByteForByteWithoutACall(String name, byte[] content, String code) throws Exception {
        Files.createDirectories(node.inbox("."));
        Path part = Files.write(node.inbox(name + ".part"), content);
        Files.move(part, node.inbox(name), StandardCopyOption.ATOMIC_MOVE);

        JsonNode error = error(name);

        assertThat(error.path("code").textValue()).isEqualTo(code);
        assertThat(error.path("attempts").intValue()).isZero();
        assertThat(error.path("retryable").booleanValue()).isFalse();
        assertThat(error.path("requestId").textValue()).isNotBlank();
        assertThat(Instant.parse(error.path("at").textValue()))
                .isBefore(Instant.now().plusSeconds(1));
        assertThat(Files.readAllBytes(node.failed(name))).isEqualTo(content);
        assertThat(node.inbox(name)).doesNotExist();
        assertThat(node.outbox(name + ".json")).doesNotExist();
    }

    @Test
    void keepsWhatTheUpstreamRefusesWithItsReason() throws Exception {
        String body = CHAT.formatted("x").replace("sandbox-echo", "sandbox-401");
        node.drop("team/wrong key.json", body);

        JsonNode error = error("team/wrong key.json");

        assertThat(error.path("status").intValue()).isEqualTo(401);
        assertThat(error.path("code").textValue()).isEqualTo("invalid_api_key");
        assertThat(error.path("attempts").intValue()).isEqualTo(1);
        assertThat(node.failed("team/wrong key.json")).hasContent(body);
    }

    @Test
    void leavesAloneWhatIsNotAMessageYet() throws Exception {
        for (String name : List.of(
                "a.txt.tmp", "new\nline.tmp", "b.part", ".hidden.txt", "C.TMP", "old.txt.error.json", ".dir/x.txt")) {
            Files.createDirectories(node.inbox(name).getParent());
            Files.writeString(node.inbox(name), "not yet");
        }
        node.drop("last.txt", "now");

        assertThat(answer("last.txt")).isEqualTo("now");
        assertThat(node.inbox("a.txt.tmp")).exists();
        assertThat(node.inbox("new\nline.tmp")).exists();
        assertThat(node.inbox("b.part")).exists();
        assertThat(node.inbox(".hidden.txt")).exists();
        assertThat(node.inbox("C.TMP")).exists();
        assertThat(node.inbox("old.txt.error.json")).exists();
        assertThat(node.inbox(".dir/x.txt")).exists();
    }

    @Test
    void takesAFileOnlyAfterItHasBeenQuiet() throws Exception {
        start(Map.of("folder.model", "sandbox-echo", "folder.quiet-ms", "3600000"));
        node.drop("fresh.txt", "fresh");
        node.drop("old.txt", "old");
        Files.setLastModifiedTime(
                node.inbox("old.txt"), FileTime.from(Instant.now().minusSeconds(7200)));
        node.drop("from a clock ahead.txt", "ahead");
        Files.setLastModifiedTime(
                node.inbox("from a clock ahead.txt"),
                FileTime.from(Instant.now().plusSeconds(7200)));

        assertThat(answer("old.txt")).isEqualTo("old");
        assertThat(answer("from a clock ahead.txt")).isEqualTo("ahead");
        assertThat(node.inbox("fresh.txt")).exists();
    }

    @Test
    void answersAFileAgainThatWasChangedWhileItWasBeingAnswered() throws Exception {
        start(Map.of("folder.model", "sandbox-echo", "sandbox.latency-ms", "400"));
        node.drop("growing.txt", "first half");
        await().until(() -> inFlight() == 1);
        Files.writeString(node.inbox("growing.txt"), "first half and second half");

        assertThat(answer("growing.txt")).isEqualTo("first half and second half");
        await().untilAsserted(() -> assertThat(node.done("growing.txt")).hasContent("first half and second half"));
    }

    @Test
    void answersAMessageOfTheSameNameAnew() throws Exception {
        node.drop("same.txt", "one");
        await().untilAsserted(() -> assertThat(node.done("same.txt")).hasContent("one"));
        node.drop("same.txt", "two");
        await().untilAsserted(() -> assertThat(node.done("same.txt")).hasContent("two"));

        assertThat(answer("same.txt")).isEqualTo("two");
    }

    @Test
    void neverLetsTwoMessagesShareAnAnswer() throws Exception {
        node.drop("a.txt", "text");
        node.drop("a.md", "markdown");
        node.drop("a.json", CHAT.formatted("json"));

        assertThat(answer("a.txt")).isEqualTo("text");
        assertThat(answer("a.md")).isEqualTo("markdown");
        assertThat(answer("a.json")).isEqualTo("json");
    }

    @Test
    void writesJustTheTextIfAsked() throws Exception {
        start(Map.of("folder.model", "sandbox-echo", "folder.answer", "text"));
        node.drop("hello.txt", "Grüße, 世界");

        await().untilAsserted(() -> assertThat(node.outbox("hello.txt.txt")).hasContent("Grüße, 世界\n"));
    }

    @Test
    void anAnswerIsTheUpstreamsByteForByte() throws Exception {
        String answer = " {\"choices\" :[{\"message\":{\"content\":\"\\u00e9é\"}}],  \"created\":1.0}";
        int length = answer.getBytes(UTF_8).length;
        try (RawUpstream upstream = new RawUpstream()) {
            upstream.answers(
                    "HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: " + length + "\n\n" + answer);
            start(Map.of("upstream.url", upstream.url()));
            node.drop("odd.txt", "x");

            await().until(() -> Files.exists(node.outbox("odd.txt.json")));
            assertThat(Files.readAllBytes(node.outbox("odd.txt.json"))).isEqualTo(answer.getBytes(UTF_8));
        }
    }

    @Test
    void aStreamedAnswerHasTheFormOfOneThatIsNot() throws Exception {
        node.drop("streamed.json", CHAT.formatted("streamed").replace("{\"model\"", "{\"stream\":true,\"model\""));

        assertThat(answer("streamed.json")).isEqualTo("streamed");
        JsonNode answer = JSON.readTree(node.outbox("streamed.json.json").toFile());
        assertThat(answer.path("object").textValue()).isEqualTo("chat.completion");
    }

    @Test
    void handlesUpToMaxConcurrentSideBySideAndNoMore() throws Exception {
        start(Map.of("throttle.max-concurrent", "8", "sandbox.latency-ms", "100"));
        for (int i = 0; i < 40; i++) {
            node.drop(i + ".txt", "message " + i);
        }

        await().untilAsserted(
                        () -> assertThat(Tree.files(data.resolve("outbox"))).hasSize(40));
        JsonNode stats = stats();
        assertThat(stats.path("accepted").intValue()).isEqualTo(40);
        assertThat(stats.path("max_in_flight").intValue()).isBetween(5, 8);
    }

    @Test
    void pausesWhenAFolderCannotBeWrittenAndGoesOnWhenItCan() throws Exception {
        startWithAHastyClock(Map.of("folder.model", "sandbox-echo"));
        node.drop("first.txt", "1");
        assertThat(answer("first.txt")).isEqualTo("1");
        await().until(() -> health() == 200);

        Path outbox = data.resolve("outbox");
        Path aside = data.resolve("outbox.aside");
        Files.move(outbox, aside);
        Files.writeString(outbox, "a file where the folder was");
        node.drop("second.txt", "2");
        await().until(() -> health() == 503);
        int calls = stats().path("accepted").intValue();
        node.drop("third.txt", "3");
        assertThat(node.inbox("second.txt")).hasContent("2");

        Files.delete(outbox);
        Files.move(aside, outbox);

        assertThat(answer("second.txt")).isEqualTo("2");
        assertThat(answer("third.txt")).isEqualTo("3");
        assertThat(stats().path("accepted").intValue()).isLessThanOrEqualTo(calls + 2);
    }

    @ParameterizedTest(name = "intakes={0}: {1}")
    @CsvSource({"'folder', true", "'other, folder ', true", "'folder,other', true", "'subfolder', false", "'', false"})
    void watchesTheInboxOnlyIfItIsAmongTheIntakes(String intakes, boolean watched) throws Exception {
        Path routes = copyOfTheRoutes();
        for (String other : List.of("subfolder", "other")) {
            Files.writeString(routes.resolve("intake-" + other + ".camel.yaml"), """
                    - route:
                        id: intake-%s
                        from:
                          uri: direct
                          parameters:
                            name: %s
                          steps:
                            - log:
                                message: nothing
                    """.formatted(other, other));
        }

        node = Node.start(routes, data, Map.of("intakes", intakes));

        assertThat(node.camel().getRoute("intake-folder") != null).isEqualTo(watched);
    }

    @Test
    void pausesWhileTheInboxIsAwayAndGoesOnWhenItIsBack() throws Exception {
        startWithAHastyClock(Map.of("folder.model", "sandbox-echo"));
        await().until(() -> health() == 200);
        Path away = data.resolve("inbox.away");
        Files.move(data.resolve("inbox"), away);
        await().until(() -> health() == 503);

        Files.move(away, data.resolve("inbox"));
        node.drop("back.txt", "back");

        assertThat(answer("back.txt")).isEqualTo("back");
        await().until(() -> health() == 200);
    }

    @Test
    void aFolderInTheWayHoldsNothingUp() throws Exception {
        Files.createDirectories(node.outbox("odd.txt.json"));
        Files.createDirectories(node.done("odd.txt"));
        Files.createDirectories(node.failed("report"));
        node.drop("odd.txt", "odd");
        node.drop("report", "no message");
        node.drop("after.txt", "after");

        assertThat(answer("after.txt")).isEqualTo("after");
        await().untilAsserted(() -> assertThat(Tree.files(sharedData.resolve("outbox")))
                .anyMatch(file -> file.getFileName().toString().matches("odd\\.txt~[0-9a-f]{8}\\.json")));
        await().untilAsserted(() -> assertThat(Tree.files(sharedData.resolve("failed")))
                .anyMatch(file -> file.getFileName().toString().matches("report~[0-9a-f]{8}"))
                .anyMatch(file -> file.getFileName().toString().matches("report~[0-9a-f]{8}\\.error\\.json")));
        assertThat(node.inbox("odd.txt")).doesNotExist();
        assertThat(node.inbox("report")).doesNotExist();
    }

    @Test
    void keepsEachFailureOfAName() throws Exception {
        node.drop("hourly.txt", "");
        error("hourly.txt");
        Files.writeString(node.inbox("hourly.txt"), " ");

        await().untilAsserted(() -> assertThat(Tree.files(sharedData.resolve("failed")))
                .map(file -> file.getFileName().toString())
                .filteredOn(name -> name.startsWith("hourly"))
                .anyMatch(name -> name.matches("hourly~[0-9a-f]{8}\\.txt"))
                .anyMatch(name -> name.matches("hourly~[0-9a-f]{8}\\.txt\\.error\\.json"))
                .hasSize(4));
        assertThat(node.failed("hourly.txt")).hasContent("");
    }

    @Test
    void aMessageIsDoneWhoseRouteSendsTheAnswerElsewhere() throws Exception {
        Path routes = copyOfTheRoutes();
        Path deliver = routes.resolve("deliver-file.camel.yaml");
        Files.writeString(
                deliver,
                Files.readString(deliver)
                        .replaceFirst(
                                "(?s)- process:.*",
                                "- to:\n            uri: mock\n            parameters:\n              name: elsewhere\n"));
        node = Node.start(routes, data, Map.of("folder.model", "sandbox-echo"));
        node.drop("sub/elsewhere.txt", "elsewhere");

        await().untilAsserted(() -> assertThat(node.done("sub/elsewhere.txt")).hasContent("elsewhere"));
        assertThat(node.inbox("sub/elsewhere.txt")).doesNotExist();
        assertThat(data.resolve("outbox/sub")).doesNotExist();
        await().until(() -> Http.get(node.manage() + "/observe/metrics")
                .body()
                .contains("sluice_messages_total{outcome=\"answered\"} 1.0"));
        assertThat(stats().path("accepted").intValue()).isEqualTo(1);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void leavesWhatCannotBeReadInTheInbox() throws Exception {
        startWithAHastyClock(Map.of("folder.model", "sandbox-echo"));
        Path unreadable = node.inbox("unreadable.txt");
        Files.createSymbolicLink(unreadable, Path.of("/proc/self/mem")); // an I/O error for everybody
        node.drop("readable.txt", "readable");

        assertThat(answer("readable.txt")).isEqualTo("readable");
        await().untilAsserted(() -> assertThat(node.done("readable.txt")).exists());
        assertThat(Files.isSymbolicLink(unreadable)).isTrue();
        assertThat(Tree.files(Files.createDirectories(data.resolve("failed")))).isEmpty();
        Files.delete(unreadable);
        node.drop("unreadable.txt", "readable now");
        assertThat(answer("unreadable.txt")).isEqualTo("readable now");
    }

    @Test
    void leavesTheFoldersToTheSluiceThatHasThem() throws Exception {
        start(Map.of("folder.model", "sandbox-echo", "sandbox.latency-ms", "500"));
        await().until(() -> health() == 200);
        try (Node second = hasty(Map.of("folder.model", "sandbox-echo"))) {
            node.drop("one.txt", "1");
            assertThat(answer("one.txt")).isEqualTo("1");
            assertThat(Http.get(second.manage() + "/observe/health").statusCode())
                    .isEqualTo(503);
            node.close();
            second.drop("two.txt", "2");
            assertThat(answer("two.txt")).isEqualTo("2");
        }
    }

    @Test
    void everyDroppedFileIsAnsweredOnce() throws Exception {
        start(Map.of("folder.model", "sandbox-echo", "sandbox.record", "true"));
        IntStream.range(0, 300).parallel().forEach(i -> {
            try {
                node.drop("d" + i % 7 + "/" + i + ".txt", "message " + i);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });

        await().untilAsserted(() -> assertThat(Tree.files(data.resolve("done"))).hasSize(300));
        assertThat(Tree.files(data.resolve("outbox"))).hasSize(300);
        assertThat(stats().path("distinct_prompts").intValue()).isEqualTo(300);
        assertThat(stats().path("repeated_prompts").intValue()).isZero();
    }

    private void start(Map<String, String> settings) throws Exception {
        node = Node.start(data, settings);
    }

    private void startWithAHastyClock(Map<String, String> settings) throws Exception {
        node = hasty(settings);
    }

    /** By a clock that runs twenty times as fast: who looks again every 5 s does so four times a second. */
    private Node hasty(Map<String, String> settings) throws Exception {
        Instant begin = Instant.now();
        InstantSource hasty =
                () -> begin.plus(Duration.between(begin, Instant.now()).multipliedBy(20));
        return Node.start(
                Path.of("routes"),
                data,
                settings,
                (routes, all) -> new Beans(
                        routes, all, hasty.withZone(ZoneOffset.UTC), () -> new WaitTimer("retries"), () -> 0.5));
    }

    private Path copyOfTheRoutes() throws IOException {
        Path routes = Files.createDirectories(data.resolve("routes"));
        for (Path file : Tree.files(Path.of("routes"))) {
            Files.copy(file, routes.resolve(file.getFileName()));
        }
        return routes;
    }

    private String answer(String name) throws IOException {
        Path file = node.outbox(name + ".json");
        await().until(() -> Files.exists(file));
        return JSON.readTree(file.toFile()).at("/choices/0/message/content").textValue();
    }

    private JsonNode error(String name) throws IOException {
        Path file = node.failed(name + ".error.json");
        await().until(() -> Files.exists(file));
        return JSON.readTree(file.toFile());
    }

    private int inFlight() throws Exception {
        return stats().path("in_flight").intValue();
    }

    private JsonNode stats() throws Exception {
        return JSON.readTree(Http.get(node.sandbox() + "/../sandbox/stats").body());
    }

    private int health() throws Exception {
        return Http.get(node.manage() + "/observe/health").statusCode();
    }
}
