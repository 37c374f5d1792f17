package dev.sluice.split;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Puts the chunks of a streamed chat completion together into the completion that the upstream would have sent without
 * streaming: choices side by side by their index, the last usage counts, and all else as {@link Parts} are. Fields that
 * are not known here are kept.
 */
final class CompletionAssembler implements StreamedAnswer {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final boolean chat;
    private final boolean words;
    private final Parts completion = new Parts();
    private final Map<Integer, Choice> choices = new TreeMap<>();
    private JsonNode usage = MissingNode.getInstance();

    CompletionAssembler() {
        this(true, true);
    }

    /**
     * @param chat whether it is a chat completion; else a text completion, whose choices hold no message
     * @param words whether the words of the answer are kept; else only what is said about them, which is small
     */
    CompletionAssembler(boolean chat, boolean words) {
        this.chat = chat;
        this.words = words;
    }

    @Override
    public void add(JsonNode chunk) {
        chunk.properties().forEach(field -> {
            switch (field.getKey()) {
                case "choices", "object" -> {}
                case "usage" -> usage = field.getValue().isObject() ? field.getValue() : usage;
                default -> {
                    if (words || field.getValue().isValueNode()) {
                        completion.add(field.getKey(), field.getValue());
                    }
                }
            }
        });
        for (JsonNode choice : chunk.path("choices")) {
            choices.computeIfAbsent(choice.path("index").asInt(0), Choice::new).add(choice);
        }
    }

    /** Whether at least one choice was begun and each that was begun has said why it ended. */
    @Override
    public boolean finished() {
        return !choices.isEmpty() && choices.values().stream().noneMatch(choice -> choice.finishReason.isEmpty());
    }

    @Override
    public boolean saidItsLast() {
        return false;
    }

    @Override
    public boolean begun() {
        return !choices.isEmpty();
    }

    /** Whether a choice ended in an error of the provider behind a gateway ({@code finish_reason: error}). */
    @Override
    public boolean endedInError() {
        return choices.values().stream().anyMatch(choice -> choice.finishReason.equals("error"));
    }

    @Override
    public JsonNode usage() {
        return usage;
    }

    @Override
    public ObjectNode whole() {
        ObjectNode result = completion.toJson();
        result.put("object", chat ? "chat.completion" : "text_completion");
        var array = result.putArray("choices");
        choices.values().forEach(choice -> array.add(choice.toJson()));
        if (!usage.isMissingNode()) {
            result.set("usage", usage);
        }
        return result;
    }

    /** One of the answers. */
    private final class Choice {
        private final Parts choice = new Parts();
        private final Parts message = new Parts();
        private final int index;
        private String finishReason = "";

        Choice(int index) {
            this.index = index;
            message.add("role", JSON.textNode("assistant"));
            message.add("content", JSON.nullNode());
        }

        void add(JsonNode part) {
            part.properties().forEach(field -> {
                switch (field.getKey()) {
                    case "index" -> {}
                    case "delta" -> message.add(words ? field.getValue() : JSON.objectNode());
                    case "finish_reason" ->
                        finishReason =
                                field.getValue().isTextual() ? field.getValue().textValue() : finishReason;
                    default -> {
                        if (words) {
                            choice.add(field.getKey(), field.getValue());
                        }
                    }
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
            if (chat) {
                result.set("message", message.toJson());
            }
            return finishReason.isEmpty() ? result.putNull("finish_reason") : result.put("finish_reason", finishReason);
        }

        private void haveArguments(@Nullable Parts function) {
            if (function != null) {
                function.orElse("arguments", JSON.textNode(""));
            }
        }
    }
}
