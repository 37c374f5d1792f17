package dev.sluice.sandbox;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * What goes over the wire, decided before the first byte: status, headers, the parts of the body, and how the connection
 * is left.
 *
 * @param status 0 = no response at all
 * @param length the content length that is promised; -1 = chunked
 * @param parts the body; the chunk delay lies between them
 */
record Script(
        int status,
        String contentType,
        Map<String, String> headers,
        long length,
        Iterator<Buffer> parts,
        Ending ending) {

    enum Ending {
        /** The response ends as HTTP wants it. */
        COMPLETE,
        /** The connection is closed after the last part. */
        CLOSE,
        /** The connection is reset. */
        RESET,
        /** Nothing more comes, and the connection stays open. */
        HANG
    }

    static final String JSON = "application/json";
    static final String EVENTS = "text/event-stream; charset=utf-8";

    private static final ApiError LATE_ERROR = new ApiError(
            200,
            "The server had an error while processing your request. Sorry about that!",
            "server_error",
            null,
            null);
    private static final String HTML_PAGE =
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>\r\n";

    static Script error(ApiError error, Map<String, String> headers) {
        boolean mayHaveBody = error.status() != 204 && error.status() != 304;
        return whole(error.status(), JSON, mayHaveBody ? error.body() : "", headers);
    }

    static Script answer(Completion completion, ChatRequest request) {
        if (!request.stream()) {
            return whole(200, JSON, completion.json(request.base64()), Map.of());
        }
        Iterator<String> chunks = completion.events(request.includeUsage());
        return stream(
                new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return chunks.hasNext();
                    }

                    @Override
                    public Buffer next() {
                        return Buffer.buffer(chunks.next());
                    }
                },
                Ending.COMPLETE);
    }

    /** @param completion what the answer would have been */
    static Script broken(Behaviour.Broken how, Completion completion, ChatRequest request) {
        return switch (how) {
            case RESET -> nothing(Ending.RESET);
            case EMPTY -> whole(200, request.stream() ? EVENTS : JSON, "", Map.of());
            case HTML -> whole(502, "text/html", HTML_PAGE, Map.of());
            default -> request.stream() ? brokenStream(how, completion, request) : brokenBody(how, completion);
        };
    }

    private static Script brokenBody(Behaviour.Broken how, Completion completion) {
        if (how == Behaviour.Broken.STALL) {
            return nothing(Ending.HANG);
        }
        if (how == Behaviour.Broken.ERROR_IN_200) {
            return error(LATE_ERROR, Map.of());
        }
        Buffer body = Buffer.buffer(completion.json(false));
        Buffer half = body.slice(0, body.length() / 2);
        return how == Behaviour.Broken.CUT
                ? new Script(200, JSON, Map.of(), body.length(), List.of(half).iterator(), Ending.CLOSE)
                : new Script(200, JSON, Map.of(), half.length(), List.of(half).iterator(), Ending.COMPLETE);
    }

    private static Script brokenStream(Behaviour.Broken how, Completion completion, ChatRequest request) {
        List<Buffer> events = new ArrayList<>();
        completion.events(request.includeUsage()).forEachRemaining(event -> events.add(Buffer.buffer(event)));
        int middle = events.size() / 2;
        List<Buffer> before = new ArrayList<>(events.subList(0, middle));
        return switch (how) {
            case STALL -> stream(events.subList(0, 1).iterator(), Ending.HANG);
            case CUT -> stream(before.iterator(), Ending.CLOSE);
            case ERROR_IN_200 -> {
                before.add(Buffer.buffer("data: " + LATE_ERROR.body() + "\n\n"));
                yield stream(before.iterator(), Ending.COMPLETE);
            }
            default -> {
                Buffer whole = events.get(middle);
                events.set(middle, whole.getBuffer(0, whole.length() / 2).appendString("\n\n"));
                yield stream(events.iterator(), Ending.COMPLETE);
            }
        };
    }

    private static Script whole(int status, String contentType, String text, Map<String, String> headers) {
        Buffer body = Buffer.buffer(text);
        return new Script(
                status, contentType, headers, body.length(), List.of(body).iterator(), Ending.COMPLETE);
    }

    private static Script stream(Iterator<Buffer> events, Ending ending) {
        return new Script(200, EVENTS, Map.of("Cache-Control", "no-cache"), -1, events, ending);
    }

    private static Script nothing(Ending ending) {
        return new Script(0, JSON, Map.of(), 0, List.<Buffer>of().iterator(), ending);
    }
}
