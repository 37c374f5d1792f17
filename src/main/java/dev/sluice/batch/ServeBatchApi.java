package dev.sluice.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.intake.HttpCall;
import dev.sluice.intake.InvalidMessageException;
import java.io.IOException;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** Answers {@code /v1/files…} and {@code /v1/batches…}; the body of an upload is what the front says of it. */
public final class ServeBatchApi implements Processor {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_LISTED = 100;

    private final BatchApi api;

    public ServeBatchApi(BatchApi api) {
        this.api = api;
    }

    @Override
    public void process(Exchange exchange) throws IOException, InvalidMessageException {
        HttpCall call = HttpCall.of(exchange);
        String[] path = call.path().split("/", -1); // "", "v1", "files", id, what
        String id = path.length > 3 ? path[3] : "";
        String what = path.length > 4 ? path[4] : "";
        ApiCaller owner = ApiCaller.of(call);
        Object answer =
                switch (call.method() + " " + path[2] + (id.isEmpty() ? "" : "/id")
                        + (what.isEmpty() ? "" : "/" + what)) {
                    case "POST files" -> api.files().create(body(exchange), owner);
                    case "GET files" -> list(call, api.store().list(ApiStore.Kind.FILE, owner));
                    case "GET files/id" -> api.store().load(ApiStore.Kind.FILE, id, owner);
                    case "DELETE files/id" -> api.deleteFile(id, owner);
                    case "GET files/id/content" -> api.files().content(id, owner);
                    case "POST batches" -> api.create(body(exchange), owner);
                    case "GET batches" ->
                        list(
                                call,
                                api.store().list(ApiStore.Kind.BATCH, owner).stream()
                                        .map(api::live)
                                        .toList());
                    case "GET batches/id" -> api.get(id, owner);
                    case "POST batches/id/cancel" -> api.cancel(id, owner);
                    default -> throw new InvalidMessageException(404, "not_found", "there is nothing at this path");
                };
        boolean json = answer instanceof ObjectNode;
        exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, json ? "application/json" : "application/jsonl");
        exchange.getMessage().setBody(json ? JSON.writeValueAsBytes(answer) : answer);
    }

    private static JsonNode body(Exchange exchange) throws IOException, InvalidMessageException {
        byte[] body = exchange.getMessage().getBody(byte[].class);
        try {
            JsonNode json = JSON.readTree(body == null ? new byte[0] : body);
            if (json.isObject()) {
                return json;
            }
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            // said below
        }
        throw new InvalidMessageException("invalid_json", "the body must be a JSON object");
    }

    /** A page of a list: {@code limit} of them, behind {@code after}. */
    private static ObjectNode list(HttpCall call, List<ObjectNode> all) {
        String after = call.query().getOrDefault("after", "");
        String limit = call.query().getOrDefault("limit", "20");
        int most =
                limit.matches("\\d{1,4}") ? Math.min(MOST_LISTED, Math.max(1, Integer.parseInt(limit))) : MOST_LISTED;
        int from = 0;
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).path("id").asText().equals(after)) {
                from = i + 1;
            }
        }
        List<ObjectNode> page = all.subList(from, Math.min(all.size(), from + most));
        ObjectNode list = JSON.createObjectNode().put("object", "list");
        ArrayNode data = list.putArray("data");
        data.addAll(page);
        if (!page.isEmpty()) {
            list.put("first_id", page.get(0).path("id").asText())
                    .put("last_id", page.get(page.size() - 1).path("id").asText());
        }
        return list.put("has_more", from + page.size() < all.size());
    }
}
