package dev.sluice.front;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sluice.intake.Api;
import dev.sluice.intake.IntakeProperties;
import dev.sluice.intake.InvalidMessageException;
import dev.sluice.intake.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** Makes a request of the front a message that the pipeline understands: which endpoint it is for, whose it is, where its pieces go. */
public final class ReadCall implements Processor {
    /** The {@code direct} endpoint that pieces go to. */
    static final String PIECES = "deliver-piece-rest";

    private static final int PRIORITY = 6;
    private static final byte[] STREAM = "\"stream\"".getBytes(StandardCharsets.US_ASCII);
    private static final JsonMapper JSON = new JsonMapper();

    private final Duration maxWait;

    /** @param maxWait the longest wait for a slot of the limit ({@code rest.max-wait-ms}) */
    public ReadCall(Duration maxWait) {
        this.maxWait = maxWait;
    }

    @Override
    public void process(Exchange exchange) throws InvalidMessageException {
        FrontCall call = FrontCall.of(exchange);
        call.reply().expect();
        Api api = Api.ofUrl(call.path())
                .orElseThrow(() -> new InvalidMessageException(404, "not_found", "there is nothing at this path"));
        byte[] body = Body.bytes(exchange.getMessage());
        requireObject(body);
        requireAllowedModel(call.caller(), body);
        exchange.setProperty(Request.API_PROPERTY, api);
        if (mayStream(body)) {
            exchange.setProperty(IntakeProperties.PIECES_TO, PIECES);
            exchange.setProperty(IntakeProperties.SPLIT_UNIT, "event");
            exchange.setProperty(IntakeProperties.RESTART, "fail");
            exchange.setProperty(IntakeProperties.PIECES_ONLY, call.idempotencyKey() == null); // else it is kept
        }
        exchange.setProperty(IntakeProperties.CANCEL, call.cancellation());
        exchange.setProperty(IntakeProperties.PRIORITY, PRIORITY);
        exchange.setProperty(IntakeProperties.MAX_WAIT_MS, maxWait.toMillis());
        if (!call.caller().tenant().isEmpty()) {
            exchange.setProperty(IntakeProperties.TENANT, call.caller().tenant());
        }
    }

    /** Whether the word is in the body at all; whether it means what it seems to is seen when the body is read. */
    private static boolean mayStream(byte[] body) {
        for (int i = 0; i + STREAM.length <= body.length; i++) {
            if (body[i] == '"' && Arrays.equals(body, i, i + STREAM.length, STREAM, 0, STREAM.length)) {
                return true;
            }
        }
        return false;
    }

    /** Whatever is no JSON object would be taken for a prompt by the pipeline. */
    private static void requireObject(byte[] body) throws InvalidMessageException {
        for (byte b : body) {
            if (b == '{') {
                return;
            }
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                break;
            }
        }
        throw new InvalidMessageException(
                "invalid_json", body.length == 0 ? "the body is empty" : "the body must be a JSON object");
    }

    /** Only for callers that may not ask every model: it means to read the body twice. */
    private static void requireAllowedModel(Caller caller, byte[] body) throws InvalidMessageException {
        if (!caller.models().isEmpty() && !caller.mayAsk(model(body))) {
            throw new InvalidMessageException(
                    403, "model_not_allowed", "this key may not ask this model; it may ask " + caller.models());
        }
    }

    /** The last one counts, as it does for who reads the whole. */
    private static String model(byte[] body) {
        String model = "";
        try (JsonParser parser = JSON.createParser(body)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean named = parser.currentName().equals("model");
                boolean text = parser.nextToken() == JsonToken.VALUE_STRING;
                if (named) {
                    model = text ? parser.getText() : "";
                }
                parser.skipChildren();
            }
            return model;
        } catch (IOException e) {
            return "";
        }
    }
}
