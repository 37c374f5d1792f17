package dev.sluice.front;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.sluice.intake.Api;
import java.io.IOException;

/** How a streamed answer looks as server-sent events: the chunks as they came from the upstream, one an event. */
final class EventFormat {
    private static final JsonFactory JSON = new JsonFactory();

    private EventFormat() {}

    static String event(Api api, String chunk) {
        String name = api == Api.RESPONSES ? type(chunk) : "";
        StringBuilder event = new StringBuilder(chunk.length() + 24);
        if (!name.isEmpty()) {
            event.append("event: ").append(name).append('\n');
        }
        chunk.lines().forEach(line -> event.append("data: ").append(line).append('\n'));
        return event.append('\n').toString();
    }

    /** What says that the answer is complete; a response says so by its last event. */
    static String end(Api api) {
        return api == Api.RESPONSES ? "" : "data: [DONE]\n\n";
    }

    /** Instead of an end. */
    static String error(FrontError error) {
        return "data: " + error.json() + "\n\n";
    }

    /** The events of a response are named after their type. */
    private static String type(String chunk) {
        try (JsonParser parser = JSON.createParser(chunk)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean found = parser.currentName().equals("type");
                parser.nextToken();
                if (found) {
                    return parser.getText().matches("[\\w.]+") ? parser.getText() : "";
                }
                parser.skipChildren();
            }
        } catch (IOException e) {
            // no name then
        }
        return "";
    }
}
