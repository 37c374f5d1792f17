package dev.sluice.split;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Puts the chunks of a streamed chat completion together into the completion that the upstream would have sent without
 * streaming: choices side by side by their index, text joined, tool calls joined by index, the last usage counts.
 *
 * <p>Fields that are not known here are kept: of the chunk, its choices and its messages, the last value wins, but one
 * that says nothing (null, an empty text, {@code created: 0}, as Azure's late chunks have them) never replaces one that
 * does.
 */
final class CompletionAssembler {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    /** Fields of a message that come in pieces. */
    private static final List<String> TEXTS = List.of("content", "refusal", "reasoning_content", "reasoning");

    private final ObjectNode completion = JSON.objectNode();
    private final Map<Integer, Choice> choices = new TreeMap<>();
    private JsonNode usage = MissingNode.getInstance();

    /** Adds a chunk. */
    void add(JsonNode chunk) {
        copyOthers(chunk, completion, "choices", "usage", "object");
        if (chunk.path("usage").isObject()) {
            usage = chunk.get("usage");
        }
        for (JsonNode choice : chunk.path("choices")) {
            choices.computeIfAbsent(choice.path("index").asInt(0), Choice::new).add(choice);
        }
    }

    /** Whether at least one choice was begun and each that was begun has said why it ended. */
    boolean allFinished() {
        return !choices.isEmpty() && choices.values().stream().noneMatch(choice -> choice.finishReason.isEmpty());
    }

    boolean anyChoice() {
        return !choices.isEmpty();
    }

    /** Whether a choice ended in an error of the provider behind a gateway ({@code finish_reason: error}). */
    boolean endedInError() {
        return choices.values().stream().anyMatch(choice -> choice.finishReason.equals("error"));
    }

    /** The last usage that was sent; missing if none was. */
    JsonNode usage() {
        return usage;
    }

    /** The completion so far. */
    ObjectNode completion() {
        ObjectNode result = completion.deepCopy();
        result.put("object", "chat.completion");
        var array = result.putArray("choices");
        choices.values().forEach(choice -> array.add(choice.toJson()));
        if (!usage.isMissingNode()) {
            result.set("usage", usage);
        }
        return result;
    }

    private static void copyOthers(JsonNode from, ObjectNode to, String... known) {
        Iterator<Map.Entry<String, JsonNode>> fields = from.fields();
        while (fields.hasNext()) {
            Map.Entry<String, JsonNode> field = fields.next();
            String name = field.getKey();
            if (!List.of(known).contains(name) && (!to.has(name) || saysSomething(name, field.getValue()))) {
                to.set(name, field.getValue());
            }
        }
    }

    private static boolean saysSomething(String name, JsonNode value) {
        boolean empty =
                value.isNull() || (value.isTextual() && value.textValue().isEmpty());
        return !empty && !(name.equals("created") && value.asLong() == 0);
    }

    /** One of the answers. */
    private static final class Choice {
        private final ObjectNode choice = JSON.objectNode();
        private final ObjectNode message = JSON.objectNode();
        private final Map<String, StringBuilder> texts = new TreeMap<>();
        private final Map<Integer, ToolCall> toolCalls = new TreeMap<>();
        private final FunctionCall functionCall = new FunctionCall();
        private final ObjectNode logprobs = JSON.objectNode();
        private String finishReason = "";

        Choice(int index) {
            choice.put("index", index);
            message.put("role", "assistant");
            message.putNull("content");
        }

        void add(JsonNode part) {
            JsonNode delta = part.path("delta");
            copyOthers(part, choice, "index", "delta", "finish_reason");
            copyOthers(delta, message, "tool_calls", "function_call");
            for (String field : TEXTS) {
                if (delta.path(field).isTextual()) {
                    texts.computeIfAbsent(field, f -> new StringBuilder())
                            .append(delta.get(field).textValue());
                }
            }
            int position = 0;
            for (JsonNode call : delta.path("tool_calls")) {
                toolCalls
                        .computeIfAbsent(call.path("index").asInt(position), i -> new ToolCall())
                        .add(call);
                position++;
            }
            functionCall.add(delta.path("function_call"));
            addLogprobs(part.path("logprobs"));
            if (part.path("finish_reason").isTextual()) {
                finishReason = part.get("finish_reason").textValue();
            }
        }

        private void addLogprobs(JsonNode part) {
            copyOthers(part, logprobs, "content", "refusal");
            for (String list : new String[] {"content", "refusal"}) {
                if (part.path(list).isArray()) {
                    part.get(list).forEach(logprobs.withArrayProperty(list)::add);
                } else if (part.has(list) && !logprobs.has(list)) {
                    logprobs.putNull(list);
                }
            }
        }

        ObjectNode toJson() {
            ObjectNode result = choice.deepCopy();
            ObjectNode whole = message.deepCopy();
            texts.forEach((field, text) -> whole.put(field, text.toString()));
            if (!toolCalls.isEmpty()) {
                var array = whole.putArray("tool_calls");
                toolCalls.values().forEach(call -> array.add(call.toJson()));
            }
            if (functionCall.begun()) {
                whole.set("function_call", functionCall.toJson());
            }
            result.set("message", whole);
            if (!logprobs.isEmpty()) {
                result.set("logprobs", logprobs);
            }
            return finishReason.isEmpty() ? result.putNull("finish_reason") : result.put("finish_reason", finishReason);
        }
    }

    /** A call of a tool. */
    private static final class ToolCall {
        private final ObjectNode call = JSON.objectNode();
        private final FunctionCall function = new FunctionCall();

        void add(JsonNode part) {
            copyOthers(part, call, "index", "function");
            function.add(part.path("function"));
        }

        ObjectNode toJson() {
            ObjectNode result = call.deepCopy();
            result.set("function", function.toJson());
            return result;
        }
    }

    /** What a tool call calls, or a call of the kind that was before tools; its arguments come in pieces. */
    private static final class FunctionCall {
        private final ObjectNode function = JSON.objectNode();
        private final StringBuilder arguments = new StringBuilder();

        void add(JsonNode part) {
            copyOthers(part, function, "arguments");
            arguments.append(part.path("arguments").asText(""));
        }

        boolean begun() {
            return !function.isEmpty();
        }

        ObjectNode toJson() {
            return function.deepCopy().put("arguments", arguments.toString());
        }
    }
}
