package dev.sluice.sandbox;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An answer in the words of the Responses API: an object with one message, and the events that build it. */
final class Responses {
    private final Completion completion;
    private int sequence;

    Responses(Completion completion) {
        this.completion = completion;
    }

    String json() {
        return response("completed", "[" + item("completed", text()) + "]", true);
    }

    /** The events up to {@code response.completed}, after which nothing comes. */
    Iterator<String> events() {
        List<String> events = new ArrayList<>();
        events.add(event("response.created", "\"response\":" + response("in_progress", "[]", false)));
        events.add(event("response.in_progress", "\"response\":" + response("in_progress", "[]", false)));
        events.add(event("response.output_item.added", "\"output_index\":0,\"item\":" + item("in_progress", null)));
        events.add(event("response.content_part.added", place() + ",\"part\":" + part("")));
        for (int from = 0; from < text().length(); from = Chunks.pieceEnd(text(), from)) {
            String delta = text().substring(from, Chunks.pieceEnd(text(), from));
            events.add(event("response.output_text.delta", place() + ",\"delta\":" + quoted(delta)));
        }
        events.add(event("response.output_text.done", place() + ",\"text\":" + quoted(text())));
        events.add(event("response.content_part.done", place() + ",\"part\":" + part(text())));
        events.add(event("response.output_item.done", "\"output_index\":0,\"item\":" + item("completed", text())));
        events.add(event("response.completed", "\"response\":" + json()));
        return events.iterator();
    }

    private String event(String type, String fields) {
        return "event: %s\ndata: {\"type\":\"%s\",\"sequence_number\":%d,%s}\n\n"
                .formatted(type, type, sequence++, fields);
    }

    private String response(String status, String output, boolean withUsage) {
        long answered = ChatRequest.tokens(text().length());
        String usage = ("{\"input_tokens\":%d,\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens\":%d,"
                        + "\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":%d}")
                .formatted(completion.promptTokens(), answered, completion.promptTokens() + answered);
        return ("{\"id\":\"%s\",\"object\":\"response\",\"created_at\":%d,\"status\":\"%s\",\"error\":null,"
                        + "\"incomplete_details\":null,\"instructions\":null,\"metadata\":{},\"model\":%s,\"output\":%s,"
                        + "\"parallel_tool_calls\":true,\"temperature\":1.0,\"tool_choice\":\"auto\",\"tools\":[],"
                        + "\"top_p\":1.0,\"usage\":%s}")
                .formatted(
                        completion.id(),
                        completion.created(),
                        status,
                        quoted(completion.model()),
                        output,
                        withUsage ? usage : "null");
    }

    private String item(String status, @Nullable String text) {
        return "{\"id\":\"%s\",\"type\":\"message\",\"status\":\"%s\",\"role\":\"assistant\",\"content\":[%s]}"
                .formatted(messageId(), status, text == null ? "" : part(text));
    }

    private static String part(String text) {
        return "{\"type\":\"output_text\",\"text\":%s,\"annotations\":[]}".formatted(quoted(text));
    }

    private String place() {
        return "\"item_id\":\"%s\",\"output_index\":0,\"content_index\":0".formatted(messageId());
    }

    private String messageId() {
        return completion.id().replaceFirst("resp_", "msg_");
    }

    private String text() {
        return completion.choices().get(0).text();
    }

    private static String quoted(String text) {
        return JsonText.quote(new StringBuilder(), text).toString();
    }
}
