package dev.sluice.split;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.call.AnswerJson;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts an answer in JSON after each value that says something by itself: the items of an array that is the answer, the
 * members of an object that is the answer, and of a member that is an array each item. Brackets, commas and names go with
 * the value that they stand before.
 *
 * <p>Worked example: {@code {"title":"A","items":[{"n":1},{"n":2}]}} is cut into {@code {"title":"A"} (at {@code /title}),
 * {@code ,"items":[{"n":1}} (at {@code /items/0}), {@code ,{"n":2}} (at {@code /items/1}) and the rest, which has no value.
 *
 * <p>An answer that is no JSON is not cut, unless brackets or braces in it look like some; joined, its pieces are the answer
 * all the same. Looks at each character once.
 */
final class JsonCutter implements Cutter {
    private final StringBuilder text = new StringBuilder();
    private int depth;
    private boolean inString;
    private boolean escaped;
    private boolean rootIsArray;
    private boolean nameIsNext;
    private int nameStart;
    private String name = "";
    private int item;
    private boolean inItems;
    private int valueStart = -1;
    private int valueDepth;

    @Override
    public void add(String more, Consumer<Cut> cuts) {
        for (int i = 0; i < more.length(); i++) {
            char c = more.charAt(i);
            if (inString) {
                text.append(c);
                string(c, cuts);
            } else {
                if (valueStart >= 0 && depth == valueDepth && endsScalar(c)) {
                    cut(cuts);
                }
                text.append(c);
                structure(c, cuts);
            }
        }
    }

    @Override
    public void end(Consumer<Cut> cuts) {
        if (!text.isEmpty()) {
            String rest = text.toString();
            JsonNode scalar = valueStart < 0 ? value(rest) : null;
            cuts.accept(scalar == null || scalar.isContainerNode() ? new Cut(rest) : new Cut(rest, "", scalar));
            text.setLength(0);
        }
    }

    private void string(char c, Consumer<Cut> cuts) {
        if (escaped) {
            escaped = false;
        } else if (c == '\\') {
            escaped = true;
        } else if (c == '"') {
            inString = false;
            if (nameStart >= 0) {
                JsonNode parsed = value(text.substring(nameStart));
                name = parsed == null ? "" : parsed.asText();
                nameStart = -1;
            } else if (valueStart >= 0 && depth == valueDepth) {
                cut(cuts);
            }
        }
    }

    private void structure(char c, Consumer<Cut> cuts) {
        switch (c) {
            case '"' -> {
                inString = true;
                nameStart = depth == 1 && nameIsNext ? text.length() - 1 : -1;
                if (nameStart < 0) {
                    begin();
                }
            }
            case '{', '[' -> open(c == '[');
            case '}', ']' -> close(cuts);
            case ',' -> next();
            case ':' -> nameIsNext &= depth != 1;
            default -> {
                if (!Character.isWhitespace(c)) {
                    begin();
                }
            }
        }
    }

    private void open(boolean array) {
        if (depth == 0) {
            rootIsArray = array;
            nameIsNext = !array;
            item = 0;
        } else if (depth == 1 && !rootIsArray && array) {
            inItems = true;
            item = 0;
        } else {
            begin();
        }
        depth++;
    }

    private void close(Consumer<Cut> cuts) {
        depth = Math.max(0, depth - 1);
        if (valueStart >= 0 && depth == valueDepth) {
            cut(cuts);
        } else if (valueStart < 0 && depth == 1) {
            inItems = false;
        }
    }

    private void next() {
        if (valueStart < 0 && (inItems || (depth == 1 && rootIsArray))) {
            item++;
        } else if (depth == 1) {
            nameIsNext = true;
        }
    }

    /** A value begins with the last character, if it is one that is cut. */
    private void begin() {
        if (valueStart < 0 && (depth == 1 || (depth == 2 && inItems))) {
            valueStart = text.length() - 1;
            valueDepth = depth;
        }
    }

    private boolean endsScalar(char c) {
        char first = text.charAt(valueStart);
        return first != '{' && first != '[' && (c == ',' || c == '}' || c == ']' || Character.isWhitespace(c));
    }

    private void cut(Consumer<Cut> cuts) {
        JsonNode value = value(text.substring(valueStart));
        String at = rootIsArray ? "/" + item : "/" + escape(name) + (inItems ? "/" + item : "");
        cuts.accept(value == null ? new Cut(text.toString()) : new Cut(text.toString(), at, value));
        text.setLength(0);
        valueStart = -1;
    }

    private static String escape(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private static @Nullable JsonNode value(String json) {
        try {
            JsonNode value = AnswerJson.parse(json);
            return value.isMissingNode() ? null : value;
        } catch (JsonProcessingException e) {
            return null;
        }
    }
}
