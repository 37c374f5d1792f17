package dev.sluice.check;

import java.util.LinkedHashMap;
import java.util.Map;

/** What to do about a message of the YAML parser. */
final class YamlAdvice {
    private static final Map<String, String> REMEDIES = new LinkedHashMap<>();

    static {
        REMEDIES.put("TAB", "indent with spaces, not with tabs");
        REMEDIES.put(
                "mapping values are not allowed", "put a value that contains ': ' in quotes, or mend the indentation");
        REMEDIES.put("cannot start any token", "put a value that begins with a special character in quotes");
        REMEDIES.put("expected <block end>", "indent this line like its neighbours: two spaces for each level");
        REMEDIES.put("could not find expected ':'", "end the key with ': ', or mend the indentation");
        REMEDIES.put("unexpected end of stream", "close the quote or bracket");
        REMEDIES.put("undefined alias", "put a value that begins with '*' in quotes");
        REMEDIES.put("escape", "double each backslash, or use single quotes");
    }

    private YamlAdvice() {}

    static String remedy(String problem) {
        return REMEDIES.entrySet().stream()
                .filter(entry -> problem.contains(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("look at indentation, colons and quotes here and on the line above");
    }
}
