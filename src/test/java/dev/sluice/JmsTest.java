package dev.sluice;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.jms.BytesMessage;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The queues as their users see them: the shipped routes, the embedded broker over a socket, the sandbox. */
class JmsTest {
    private static final String CHAT = "{\"model\":\"%s\", \"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}";
    private static final ObjectMapper JSON = new ObjectMapper();

    private static @TempDir Path data;
    private static Node node;

    private Queues queues;

    @BeforeAll
    static void start() throws Exception {
        node = Node.start(data, Map.of("intakes", "jms", "folder.model", "sandbox-echo", "jms.max-bytes", "5000"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @BeforeEach
    void connect() {
        queues = Queues.of(node);
    }

    @AfterEach
    void disconnect() {
        queues.close();
    }

    static Stream<Arguments> requests() {
        return Stream.of(
                Arguments.of("a prompt", text("Hello there"), "Hello there"),
                Arguments.of("a chat body", text(CHAT.formatted("sandbox-echo", "from a body")), "from a body"),
                Arguments.of("a prompt in bytes", bytes("grüße"), "grüße"),
                Arguments.of("a chat body in bytes", bytes(CHAT.formatted("sandbox-echo", "b")), "b"),
                Arguments.of("text with placeholders", text("${body} {{limit.key}}"), "${body} {{limit.key}}"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void answersUnderTheCorrelationIdOfTheRequest(String name, Function<JMSContext, Message> request, String answer)
            throws Exception {
        queues.send(request, message -> {
            message.setJMSCorrelationID(name);
            message.setStringProperty("order", "o-17");
        });

        Message got = queues.take(Queues.RESPONSES, name);

        assertThat(content(got)).isEqualTo(answer);
        assertThat(got.getStringProperty("order")).isEqualTo("o-17");
        assertThat(got.getJMSDeliveryMode()).isEqualTo(jakarta.jms.DeliveryMode.PERSISTENT);
    }

    @Test
    void answersUnderTheMessageIdWhereThereIsNoCorrelationId() throws Exception {
        TextMessage request = queues.context().createTextMessage("who am I");
        queues.send(c -> request, message -> {});

        assertThat(content(queues.take(Queues.RESPONSES, request.getJMSMessageID())))
                .isEqualTo("who am I");
    }

    @Test
    void answersToWhereTheSenderWantsIt() throws Exception {
        var mine = queues.context().createTemporaryQueue();
        queues.send("just for me", message -> {
            message.setJMSReplyTo(mine);
            message.setJMSCorrelationID("mine");
        });

        Message got = queues.take(mine, null);

        assertThat(content(got)).isEqualTo("just for me");
        assertThat(got.getJMSCorrelationID()).isEqualTo("mine");
    }

    @Test
    void propertiesSayWhatTheMessageDoesNot() throws Exception {
        queues.send("which model", message -> {
            message.setJMSCorrelationID("model");
            message.setStringProperty("SluiceModel", "sandbox-401");
        });
        queues.send("streamed", message -> {
            message.setJMSCorrelationID("stream");
            message.setBooleanProperty("SluiceStream", true);
        });
        queues.send("neither", message -> {
            message.setJMSCorrelationID("odd");
            message.setStringProperty("SluiceStream", "perhaps");
        });

        assertThat(queues.take(Queues.DEAD, "model").getStringProperty("SluiceCode"))
                .isEqualTo("invalid_api_key");
        assertThat(content(queues.take(Queues.RESPONSES, "stream"))).isEqualTo("streamed");
        assertThat(queues.take(Queues.DEAD, "odd").getStringProperty("SluiceCode"))
                .isEqualTo("invalid_request_error");
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                Arguments.of("empty text", text(""), "empty_message", 400),
                Arguments.of(
                        "no body",
                        (Function<JMSContext, Message>) JMSContext::createMessage,
                        "unsupported_message_type",
                        415),
                Arguments.of(
                        "no text", (Function<JMSContext, Message>) JMSContext::createTextMessage, "empty_message", 400),
                Arguments.of("broken json", text("{\"model\":"), "invalid_json", 400),
                Arguments.of("bytes that are no text", bytes(new byte[] {1, 0, (byte) 0xff}), "binary_message", 400),
                Arguments.of("too large", text("x".repeat(5001)), "message_too_large", 413),
                Arguments.of("large bytes", bytes("x".repeat(70_000)), "message_too_large", 413),
                Arguments.of(
                        "an object",
                        (Function<JMSContext, Message>) c -> c.createObjectMessage(new java.util.Date(0)),
                        "unsupported_message_type",
                        415),
                Arguments.of(
                        "a map",
                        (Function<JMSContext, Message>) JMSContext::createMapMessage,
                        "unsupported_message_type",
                        415),
                Arguments.of(
                        "refused upstream", text(CHAT.formatted("sandbox-400", "x")), "context_length_exceeded", 400),
                Arguments.of("wrong key", bytes(CHAT.formatted("sandbox-401", "x")), "invalid_api_key", 401));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("wrong")
    void deadLettersAreTheRequestAsItCameWithTheReason(
            String name, Function<JMSContext, Message> request, String code, int status) throws Exception {
        Message[] sent = new Message[1];
        queues.send(request, message -> {
            message.setJMSCorrelationID(name);
            message.setIntProperty("retries", 3);
            message.setStringProperty("SluiceTenant", "team-a");
            sent[0] = message;
        });

        Message dead = queues.take(Queues.DEAD, name);

        assertThat(dead.getStringProperty("SluiceCode")).isEqualTo(code);
        assertThat(dead.getIntProperty("SluiceStatus")).isEqualTo(status);
        assertThat(dead.getStringProperty("SluiceMessage")).isNotBlank();
        assertThat(dead.getIntProperty("retries")).isEqualTo(3);
        assertThat(dead.getStringProperty("SluiceTenant")).isEqualTo("team-a");
        assertThat(dead.getClass()).isEqualTo(sent[0].getClass());
        assertThat(raw(dead)).isEqualTo(raw(sent[0]));
    }

    @Test
    void headersOfTheSenderSteerNothing() throws Exception {
        queues.send("steady", message -> {
            message.setJMSCorrelationID("steady");
            message.setStringProperty("CamelHttpUri", "http://127.0.0.1:1/elsewhere");
            message.setStringProperty("CAMELHTTPURI", "http://127.0.0.1:1/elsewhere");
            message.setStringProperty("CamelJmsDestinationName", "elsewhere");
            message.setStringProperty("SluicePiecesTo", "elsewhere");
            message.setStringProperty("SluiceRequestId", "elsewhere");
        });

        assertThat(content(queues.take(Queues.RESPONSES, "steady"))).isEqualTo("steady");
    }

    @Test
    void aPropertyOfTheWrongTypeIsADeadLetterAndNoLoop() throws Exception {
        queues.send("please", message -> {
            message.setJMSCorrelationID("wrong type");
            message.setJMSReplyTo(queues.context().createQueue("answers.mine"));
            message.setStringProperty("SluiceCollector", "somebody");
            message.setBooleanProperty("SluiceDeadline", true);
        });

        Message letter = queues.take("answers.mine", "wrong type");

        assertThat(letter.getStringProperty("SluiceCode")).isNotEmpty();
        assertThat(queues.waiting(Queues.REQUESTS)).isEmpty();
    }

    @Test
    void anExpiredRequestIsADeadLetterWithoutACall() throws Exception {
        Message message = queues.context().createTextMessage("too old");
        message.setJMSCorrelationID("expired");
        queues.context()
                .createProducer()
                .setTimeToLive(1)
                .setDeliveryDelay(300)
                .send(queues.context().createQueue(Queues.REQUESTS), message);

        assertThat(Queues.text(queues.take(Queues.DEAD, "expired"))).isEqualTo("too old");
    }

    @Test
    void aRequestThatWasSentTwiceIsAnsweredOnce() throws Exception {
        queues.send("do it once", "twice");
        queues.send("another request under the same id", "twice");
        assertThat(content(queues.take(Queues.RESPONSES, "twice"))).isNotNull();
        assertThat(content(queues.take(Queues.RESPONSES, "twice"))).isNotNull();

        queues.send("do it once", "twice");
        queues.send("the end", "after twice");

        assertThat(content(queues.take(Queues.RESPONSES, "after twice"))).isEqualTo("the end");
        await().untilAsserted(() -> assertThat(queues.waiting(Queues.REQUESTS)).isEmpty());
        assertThat(queues.waiting(Queues.RESPONSES)).isEmpty();
        assertThat(queues.waiting(Queues.DEAD)).isEmpty();
    }

    @Test
    void aDeadLetterMayBeSentAgain() throws Exception {
        String body = CHAT.formatted("sandbox-401", "again");
        queues.send(body, "dead twice");
        queues.take(Queues.DEAD, "dead twice");

        queues.send(body, "dead twice");

        assertThat(Queues.text(queues.take(Queues.DEAD, "dead twice"))).isEqualTo(body);
    }

    @Test
    void piecesOfAStreamedAnswerComeTogetherWithIt() throws Exception {
        queues.send(CHAT.formatted("sandbox-echo", "one two three"), message -> {
            message.setJMSCorrelationID("in pieces");
            message.setBooleanProperty("SluiceStream", true);
        });

        assertThat(content(queues.take(Queues.RESPONSES, "in pieces"))).isEqualTo("one two three");
        StringBuilder text = new StringBuilder();
        for (int index = 0; ; index++) {
            Message piece = queues.take(Queues.PIECES, "in pieces");
            var json = JSON.readTree(Queues.text(piece));
            assertThat(json.path("requestId").textValue()).isEqualTo(piece.getStringProperty("SluiceRequestId"));
            assertThat(piece.getIntProperty("SluiceAttempt")).isEqualTo(1);
            assertThat(piece.getIntProperty("SluiceIndex")).isEqualTo(index);
            if (piece.getStringProperty("SluiceKind").equals("end")) {
                assertThat(json.path("finishReason").textValue()).isEqualTo("stop");
                break;
            }
            text.append(json.path("text").textValue());
        }
        assertThat(text).hasToString("one two three");
    }

    @Test
    void retriesStayOnTheThreadOfTheirTransaction() throws Exception {
        queues.send(CHAT.formatted("sandbox-flaky", "again"), "flaky");

        assertThat(content(queues.take(Queues.RESPONSES, "flaky"))).isNotBlank();
    }

    private static Function<JMSContext, Message> text(String text) {
        return context -> context.createTextMessage(text);
    }

    private static Function<JMSContext, Message> bytes(String text) {
        return bytes(text.getBytes(UTF_8));
    }

    private static Function<JMSContext, Message> bytes(byte[] body) {
        return context -> {
            try {
                BytesMessage message = context.createBytesMessage();
                message.writeBytes(body);
                return message;
            } catch (JMSException e) {
                throw new AssertionError(e);
            }
        };
    }

    private static byte[] raw(Message message) throws JMSException {
        if (message instanceof TextMessage text) {
            return text.getText() == null ? null : text.getText().getBytes(UTF_8);
        }
        if (message instanceof BytesMessage bytes) {
            bytes.reset();
            byte[] body = new byte[(int) bytes.getBodyLength()];
            bytes.readBytes(body);
            return body;
        }
        return null;
    }

    private static String content(Message answer) throws Exception {
        return JSON.readTree(Queues.text(answer))
                .at("/choices/0/message/content")
                .textValue();
    }
}
