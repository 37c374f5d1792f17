package dev.sluice.jms;

/**
 * The queues ({@code jms.request-queue} and so on).
 *
 * @param request where requests wait
 * @param response where answers go whose request names no {@code JMSReplyTo}
 * @param piece where the pieces of streamed answers go
 * @param dead where requests go that cannot be answered
 */
public record QueueNames(String request, String response, String piece, String dead) {
    public QueueNames {
        require("jms.request-queue", request);
        require("jms.response-queue", response);
        require("jms.piece-queue", piece);
        require("jms.dead-queue", dead);
        if (request.equals(response) || request.equals(piece) || request.equals(dead)) {
            throw new IllegalArgumentException(
                    "jms.request-queue=%s must not be one of the other queues: answers would be taken for requests"
                            .formatted(request));
        }
    }

    private static void require(String key, String name) {
        if (name.isBlank() || name.matches(".*[\\s:*#?].*")) {
            throw new IllegalArgumentException(
                    "%s must be the name of a queue, without spaces, colons and wildcards, was '%s'"
                            .formatted(key, name));
        }
    }
}
