package dev.sluice.front;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.sluice.call.AnswerJson;
import dev.sluice.call.ErrorBody;
import dev.sluice.call.Judge;
import dev.sluice.intake.SluiceException;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;

/** The upstream's list of models, as it came; or one of them, if the path names it. */
public final class SendModels implements Processor {
    private static final String PATH = "/v1/models";

    private final Judge judge;

    public SendModels(Judge judge) {
        this.judge = judge;
    }

    @Override
    public void process(Exchange exchange) throws IOException, SluiceException {
        Message response = exchange.getMessage();
        int status = Body.status(response, 0);
        byte[] body = Body.bytes(response);
        JsonNode list = parse(body);
        if (status != 200 || ErrorBody.isError(list)) {
            throw judge.refused(exchange, status, ErrorBody.of(list));
        }
        FrontCall call = FrontCall.of(exchange);
        if (call.path().equals(PATH)) {
            send(call, 200, body);
            return;
        }
        String wanted = named(call.path());
        for (JsonNode model : list.path("data")) {
            if (wanted.equals(model.path("id").asText())) {
                send(call, 200, model.toString().getBytes(StandardCharsets.UTF_8));
                return;
            }
        }
        call.reply().failure(FrontError.wrong(404, "model_not_found", "the upstream lists no such model"));
    }

    /** The rest of the path; some names have a slash, which some clients encode. */
    private static String named(String path) {
        try {
            return URLDecoder.decode(path.substring(PATH.length() + 1).replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private static JsonNode parse(byte[] body) {
        try {
            return AnswerJson.parse(body);
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    private static void send(FrontCall call, int status, byte[] body) {
        if (call.reply() instanceof HttpReply http) {
            http.send(status, "application/json", Buffer.buffer(body));
        }
    }
}
