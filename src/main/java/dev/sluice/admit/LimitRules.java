package dev.sluice.admit;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What each limit allows: that of the rule which fits it best, else that of all others. Of several rules that fit, the one
 * that spells out most characters counts.
 *
 * @param others what a limit allows that no rule fits; its key does not matter
 * @param rules {@code limits.<name>.…}
 */
public record LimitRules(Limit others, List<Rule> rules) {
    private static final String WORD = "[A-Za-z0-9_-]{1,64}";

    /**
     * The limit of those that fit.
     *
     * @param limit what they may do; its key is the name of the rule
     * @param fits what it is for
     * @param spelled how many characters the pattern spells out
     */
    public record Rule(Limit limit, Pattern fits, int spelled) {

        /**
         * The rule {@code limits.<name>}.
         *
         * @param match what fits: any text for {@code *}, one character for {@code ?}
         */
        public static Rule of(String match, Limit limit) {
            if (!limit.key().matches(WORD)) {
                throw new IllegalArgumentException(
                        "limits.%s: the name must be at most 64 letters, digits, dashes and underscores"
                                .formatted(limit.key()));
            }
            return new Rule(limit, glob(match), match.replaceAll("[*?]", "").length());
        }

        boolean fit(String text) {
            return fits.matcher(text).matches();
        }
    }

    public LimitRules {
        rules = rules.stream()
                .sorted(Comparator.comparingInt(Rule::spelled).reversed().thenComparing(rule -> rule.limit()
                        .key()))
                .toList();
    }

    /** The name of the rule that fits a call, {@code <upstream>:<model>}, best. */
    Optional<String> named(String call) {
        return rules.stream()
                .filter(rule -> rule.fit(call))
                .map(rule -> rule.limit().key())
                .findFirst();
    }

    /** What a limit allows, by its key: the rule of this name, or the one that fits the key, or what all others may do. */
    Limit limit(String key) {
        return rules.stream()
                .filter(rule -> rule.limit().key().equals(key))
                .findFirst()
                .or(() -> rules.stream().filter(rule -> rule.fit(key)).findFirst())
                .map(Rule::limit)
                .orElse(others)
                .named(key);
    }

    private static Pattern glob(String match) {
        StringBuilder regex = new StringBuilder();
        for (char c : match.toCharArray()) {
            regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }
}
