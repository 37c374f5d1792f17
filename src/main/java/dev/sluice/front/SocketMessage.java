package dev.sluice.front;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.sluice.intake.ChatBody;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a client says over a WebSocket: {@code {"id":"a","body":{…}}}, perhaps with a {@code path}; or with a {@code type},
 * {@code cancel}, {@code resume} or {@code ping}. Read once, without a tree; the body is cut out byte for byte.
 *
 * @param id the client's own name for the request, at most {@value #LONGEST_ID} characters
 * @param type what it wants; {@code request} if it does not say
 * @param path the endpoint that a request is for
 * @param requestId which request is resumed
 * @param from the first index that is wanted again
 */
record SocketMessage(String id, String type, String path, byte[] body, String requestId, int from) {
    private static final int LONGEST_ID = 128;
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(1000)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .errorReportConfiguration(ChatBody.WITHOUT_ITS_TEXT)
            .build();

    /** What a client says makes no sense. */
    static final class NonsenseException extends Exception {
        NonsenseException(String message) {
            super(message);
        }
    }

    static SocketMessage parse(String text) throws NonsenseException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        String id = "";
        String type = "request";
        String path = "/v1/chat/completions";
        String requestId = "";
        int from = 0;
        byte[] body = {};
        try (JsonParser parser = JSON.createParser(bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new NonsenseException("a message must be a JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                switch (name) {
                    case "id" -> id = word(parser, name);
                    case "type" -> type = word(parser, name);
                    case "path" -> path = word(parser, name);
                    case "requestId" -> requestId = word(parser, name);
                    case "from" -> from = value == JsonToken.VALUE_NUMBER_INT ? parser.getIntValue() : -1;
                    case "body" -> {
                        int begin = (int) parser.currentTokenLocation().getByteOffset();
                        parser.skipChildren();
                        body = Arrays.copyOfRange(
                                bytes, begin, (int) parser.currentLocation().getByteOffset());
                    }
                    default -> parser.skipChildren();
                }
            }
        } catch (IOException e) {
            throw new NonsenseException("a message must be JSON");
        }
        if (from < 0) {
            throw new NonsenseException("from must be a whole number, 0 or more");
        }
        return new SocketMessage(id, type, path, body, requestId, from);
    }

    private static String word(JsonParser parser, String name) throws IOException, NonsenseException {
        if (!parser.currentToken().isScalarValue() || parser.getText().length() > LONGEST_ID) {
            throw new NonsenseException("%s must be a string of at most %d characters".formatted(name, LONGEST_ID));
        }
        return parser.getText();
    }
}
