package dev.sluice.split;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A streamed chat completion, or text completion: choices side by side by their index, the last usage counts, and all else as {@link Parts} are. Fields that
 * are not known here are kept.
 */
final class CompletionAssembler implements Assembler {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Parts completion = new Parts();
    private final Map<Integer, Choice> choices = new TreeMap<>();
    private final boolean text;
    private JsonNode usage = MissingNode.getInstance();

    /** @param text whether its choices are texts, and no messages */
    CompletionAssembler(boolean text) {
        this.text = text;
    }

    /** Adds a chunk. */
    @Override
    public void add(JsonNode chunk) {
        chunk.properties().forEach(field -> {
            switch (field.getKey()) {
                case "choices", "object" -> {}
                case "usage" -> usage = field.getValue().isObject() ? field.getValue() : usage;
                default -> completion.add(field.getKey(), field.getValue());
            }
        });
        for (JsonNode choice : chunk.path("choices")) {
            choices.computeIfAbsent(choice.path("index").asInt(0), index -> new Choice(index, text))
                    .add(choice);
        }
    }

    /** Whether at least one choice was begun and each that was begun has said why it ended. */
    @Override
    public boolean allFinished() {
        return !choices.isEmpty() && choices.values().stream().noneMatch(choice -> choice.finishReason.isEmpty());
    }

    @Override
    public boolean anyChoice() {
        return !choices.isEmpty();
    }

    /** More may follow, such as the usage. */
    @Override
    public boolean isOver() {
        return false;
    }

    /** Whether a choice ended in an error of the provider behind a gateway ({@code finish_reason: error}). */
    @Override
    public boolean endedInError() {
        return choices.values().stream().anyMatch(choice -> choice.finishReason.equals("error"));
    }

    /** The last usage that was sent; missing if none was. */
    @Override
    public JsonNode usage() {
        return usage;
    }

    /** The completion so far. */
    @Override
    public ObjectNode completion() {
        ObjectNode result = completion.toJson();
        result.put("object", text ? "text_completion" : "chat.completion");
        var array = result.putArray("choices");
        choices.values().forEach(choice -> array.add(choice.toJson()));
        if (!usage.isMissingNode()) {
            result.set("usage", usage);
        }
        return result;
    }

    /** One of the answers. */
    private static final class Choice {
        private final Parts choice = new Parts();
        private final Parts message = new Parts();
        private final int index;
        private final boolean text;
        private String finishReason = "";

        Choice(int index, boolean text) {
            this.index = index;
            this.text = text;
            message.add("role", JSON.textNode("assistant"));
            message.add("content", JSON.nullNode());
        }

        void add(JsonNode part) {
            part.properties().forEach(field -> {
                switch (field.getKey()) {
                    case "index" -> {}
                    case "delta" -> message.add(field.getValue());
                    case "finish_reason" ->
                        finishReason =
                                field.getValue().isTextual() ? field.getValue().textValue() : finishReason;
                    default -> choice.add(field.getKey(), field.getValue());
                }
            });
        }

        ObjectNode toJson() {
            Parts.Items toolCalls = message.array("tool_calls");
            if (toolCalls != null) {
                toolCalls.objects().forEach(call -> {
                    call.remove("index"); // only there to tell the parts apart
                    haveArguments(call.object("function"));
                });
            }
            haveArguments(message.object("function_call"));
            ObjectNode result = JSON.objectNode().put("index", index);
            result.setAll(choice.toJson());
            if (!text) {
                result.set("message", message.toJson());
            }
            return finishReason.isEmpty() ? result.putNull("finish_reason") : result.put("finish_reason", finishReason);
        }

        private static void haveArguments(@Nullable Parts function) {
            if (function != null) {
                function.orElse("arguments", JSON.textNode(""));
            }
        }
    }
}
