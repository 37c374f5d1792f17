package dev.sluice.check;

import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * What stands between double braces in a value, innermost first, found as Camel's DefaultPropertiesParser does: braces in
 * quotes of their own or behind a backslash do not count, and a value without opening braces is not looked at.
 *
 * @param text without the braces; a placeholder inside it is blotted out by {@link #BLOT}
 * @param offset where it begins in the value
 */
record Placeholder(String text, int offset) {
    static final char BLOT = '\0';

    private static final String OPEN = "{{";
    private static final String CLOSE = "}}";

    /** Whether a node is what YAML makes of a placeholder without quotes. */
    static boolean unquoted(Node node) {
        return Nodes.entries(node).stream().anyMatch(entry -> entry.keyNode() instanceof MappingNode);
    }

    /** @throws UnbalancedPlaceholderException if a token has no partner */
    static List<Placeholder> in(String value) throws UnbalancedPlaceholderException {
        List<Placeholder> found = new ArrayList<>();
        StringBuilder rest = new StringBuilder(value);
        while (rest.indexOf(OPEN) >= 0) {
            int close = closing(rest);
            int open = opening(rest, close < 0 ? rest.length() : close);
            if (close < 0 && open < 0) {
                break;
            }
            if (close < 0 || open < 0) {
                throw new UnbalancedPlaceholderException(close < 0 ? CLOSE : OPEN, Math.max(open, close));
            }
            found.add(new Placeholder(rest.substring(open + OPEN.length(), close), open));
            for (int i = open; i < close + CLOSE.length(); i++) {
                rest.setCharAt(i, BLOT);
            }
        }
        return found;
    }

    private static int closing(StringBuilder text) {
        int index = text.indexOf(CLOSE);
        while (index >= 0 && protectedAt(text, index)) {
            index = text.indexOf(CLOSE, index + 1);
        }
        return index;
    }

    private static int opening(StringBuilder text, int before) {
        int index = text.lastIndexOf(OPEN, before - 1);
        while (index >= 0 && protectedAt(text, index)) {
            index = text.lastIndexOf(OPEN, index - 1);
        }
        return index;
    }

    private static boolean protectedAt(StringBuilder text, int index) {
        char before = index > 0 ? text.charAt(index - 1) : ' ';
        char after = index + 2 < text.length() ? text.charAt(index + 2) : ' ';
        boolean quoted = before == after && (before == '\'' || before == '"');
        boolean escaped = before == '\\' && (index < 2 || text.charAt(index - 2) != '\\');
        return quoted || escaped;
    }
}
