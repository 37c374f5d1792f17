package dev.sluice.intake;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * A checked request on its way through the pipeline.
 *
 * @param id unique; it names the request in logs, records and the header {@code SluiceRequestId}
 * @param api the endpoint it is for
 * @param body as it came, byte for byte: what is sent upstream
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

    /** The body of an exchange's request, null if it was not checked yet. */
    static byte @Nullable [] bodyOf(Exchange exchange) {
        Request request = exchange.getProperty(PROPERTY, Request.class);
        return request == null ? null : request.body();
    }

    void on(Exchange exchange) {
        exchange.setProperty(PROPERTY, this);
        exchange.removeProperty(ATTEMPT_HEADER); // of an earlier request of the same exchange
        exchange.getMessage().setHeader(ID_HEADER, id);
    }
}
