package dev.sluice.sandbox;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * A finished answer, before it is written as JSON or as a stream.
 *
 * @param created seconds since 1970
 */
record Completion(Endpoint endpoint, String id, long created, String model, List<Choice> choices, long promptTokens) {

    /** @param finishReason {@code stop}, or {@code length} if the text was cut at {@code max_tokens} */
    record Choice(String text, String finishReason) {}

    static Completion of(Behaviour.Answer kind, ChatRequest request, String id, long created, long seed) {
        List<Choice> choices = new ArrayList<>(request.choices());
        for (int i = 0; i < request.choices(); i++) {
            choices.add(choice(AnswerText.of(kind, request.prompt(), i, seed), request.maxTokens()));
        }
        return new Completion(request.endpoint(), id, created, request.model(), choices, request.promptTokens());
    }

    /** The answer without streaming. */
    String json(boolean base64) {
        return switch (endpoint) {
            case EMBEDDINGS -> Vectors.json(this, base64);
            case RESPONSES -> new Responses(this).json();
            case CHAT, COMPLETIONS -> choicesJson();
        };
    }

    /** The answer as server-sent events. */
    Iterator<String> events(boolean includeUsage) {
        return endpoint == Endpoint.RESPONSES ? new Responses(this).events() : new Chunks(this, includeUsage);
    }

    private String choicesJson() {
        StringBuilder json = new StringBuilder(360);
        head(json, endpoint.object()).append(",\"choices\":[");
        for (int i = 0; i < choices.size(); i++) {
            Choice choice = choices.get(i);
            json.append(i == 0 ? "{\"index\":" : ",{\"index\":").append(i);
            if (endpoint == Endpoint.CHAT) {
                json.append(",\"message\":{\"role\":\"assistant\",\"content\":");
                JsonText.quote(json, choice.text).append(",\"refusal\":null}");
            } else {
                JsonText.quote(json.append(",\"text\":"), choice.text);
            }
            json.append(",\"logprobs\":null,\"finish_reason\":\"");
            json.append(choice.finishReason).append("\"}");
        }
        json.append("],\"usage\":");
        return usage(json).append('}').toString();
    }

    /** The beginning that the answer and every chunk share; open for more fields. */
    StringBuilder head(StringBuilder json, String object) {
        json.append("{\"id\":\"").append(id).append("\",\"object\":\"").append(object);
        json.append("\",\"created\":").append(created).append(",\"model\":");
        return JsonText.quote(json, model).append(",\"system_fingerprint\":\"fp_sandbox\"");
    }

    StringBuilder usage(StringBuilder json) {
        long completionTokens = 0;
        for (Choice choice : choices) {
            completionTokens += ChatRequest.tokens(choice.text.length());
        }
        json.append("{\"prompt_tokens\":").append(promptTokens);
        json.append(",\"completion_tokens\":").append(completionTokens);
        return json.append(",\"total_tokens\":")
                .append(promptTokens + completionTokens)
                .append('}');
    }

    private static Choice choice(String text, long maxTokens) {
        long maxChars = ChatRequest.chars(maxTokens);
        if (maxTokens == 0 || text.length() <= maxChars) {
            return new Choice(text, "stop");
        }
        int end = (int) maxChars;
        return new Choice(text.substring(0, AnswerText.splitsPair(text, end) ? end - 1 : end), "length");
    }
}
