package dev.sluice.front;

import org.apache.camel.Exchange;
import org.apache.camel.Message;

/** What a message holds for the front; nothing is as good as empty. */
final class Body {
    private static final byte[] NONE = new byte[0];

    private Body() {}

    static byte[] bytes(Message message) {
        byte[] body = message.getBody(byte[].class);
        return body == null ? NONE : body;
    }

    /** A number that a message carries; the other one if it carries none. */
    static int number(Message message, String header, int otherwise) {
        Integer number = message.getHeader(header, Integer.class);
        return number == null ? otherwise : number;
    }

    /** The HTTP status that a message carries; the other one if it carries none. */
    static int status(Message message, int otherwise) {
        return number(message, Exchange.HTTP_RESPONSE_CODE, otherwise);
    }
}
