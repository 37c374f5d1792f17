package dev.sluice.intake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * A checked request on its way through the pipeline.
 *
 * @param id unique; it names the request in logs, records and the header {@code SluiceRequestId}
 * @param api the endpoint it is for
 * @param body what is sent upstream: as it came, byte for byte, unless a larger model had to be asked
 * @param json the same, parsed; read only
 * @param model the model that the body names
 * @param stream whether the body asks for a streamed answer
 */
public record Request(String id, Api api, byte[] body, JsonNode json, String model, boolean stream) {

    /** Header with the {@link #id}. */
    public static final String ID_HEADER = "SluiceRequestId";
    /** Header with the number of the attempt, from 1. */
    public static final String ATTEMPT_HEADER = "SluiceAttempt";

    /** Property with the {@link Api} that an intake asks for; without it, a message is a chat body or a prompt. */
    public static final String API_PROPERTY = "SluiceApi";

    private static final String PROPERTY = "SluiceRequest";
    private static final String AS_IT_CAME = "SluiceRequestAsItCame";

    public Request {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(api, "api");
        Objects.requireNonNull(model, "model");
    }

    /** The request that {@code check} put on the exchange. */
    public static Request of(Exchange exchange) {
        Request request = exchange.getProperty(PROPERTY, Request.class);
        if (request == null) {
            throw new IllegalStateException(
                    "no checked request on the exchange; a route must send its message to direct:pipeline, not past it");
        }
        return request;
    }

    /** The id of an exchange's request, also before it was checked; the exchange's own id if none was given. */
    public static String id(Exchange exchange) {
        String id = exchange.getMessage().getHeader(ID_HEADER, String.class);
        return id == null ? exchange.getExchangeId() : id;
    }

    /** How many calls were made for an exchange so far. */
    public static int attempts(Exchange exchange) {
        Integer attempts = exchange.getProperty(ATTEMPT_HEADER, Integer.class);
        return attempts == null ? 0 : attempts;
    }

    /** The body of an exchange's request as it came, null if it was not checked yet. */
    static byte @Nullable [] bodyOf(Exchange exchange) {
        Request request = exchange.getProperty(AS_IT_CAME, Request.class);
        return request == null ? null : request.body();
    }

    /** From now on another model is asked; what is kept of the request stays as it came. */
    public void askInstead(Exchange exchange, String other) {
        ObjectNode changed = ((ObjectNode) json.deepCopy()).put("model", other);
        byte[] bytes = changed.toString().getBytes(StandardCharsets.UTF_8);
        exchange.setProperty(PROPERTY, new Request(id, api, bytes, changed, other, stream));
    }

    void on(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
        exchange.setProperty(AS_IT_CAME, this);
        exchange.removeProperty(ATTEMPT_HEADER); // of an earlier request of the same exchange
        exchange.getMessage().setHeader(ID_HEADER, id);
    }
}
