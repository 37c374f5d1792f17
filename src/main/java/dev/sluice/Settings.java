package dev.sluice;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The configuration, read with types and ranges; a value out of range is a {@link ConfigurationException} that names key,
 * value and range.
 */
final class Settings {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,6})(ms|s|m|h|d)");

    private final UnaryOperator<@Nullable String> values;

    /** @param values the value of a key, resolved; null or empty if it has none */
    Settings(UnaryOperator<@Nullable String> values) {
        this.values = values;
    }

    /** The configuration is wrong; the message says which key, what it was and what is allowed. */
    static final class ConfigurationException extends RuntimeException {
        ConfigurationException(String message) {
            super(message);
        }
    }

    String text(String key) {
        String value = values.apply(key);
        return value == null ? "" : value.strip();
    }

    Path path(String key) {
        String value = text(key);
        if (value.isEmpty()) {
            throw wrong(key, value, "the path of a folder");
        }
        return Path.of(value);
    }

    int integer(String key, int min, int max) {
        return (int) whole(key, min, max);
    }

    long whole(String key, long min, long max) {
        String value = text(key);
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below, with the range
        }
        throw wrong(key, value, "a whole number from %d to %d".formatted(min, max));
    }

    double number(String key, double min, double max) {
        String value = text(key);
        try {
            double number = Double.parseDouble(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below, with the range
        }
        throw wrong(key, value, "a number from %s to %s".formatted(plain(min), plain(max)));
    }

    /** 1 instead of 1.0. */
    private static String plain(double number) {
        return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
    }

    /** What stands between the commas of a text, without what is blank. */
    static Stream<String> words(String text) {
        return Arrays.stream(text.split(",")).map(String::strip).filter(word -> !word.isEmpty());
    }

    /** Any of several names, separated by commas; empty: none. */
    <E extends Enum<E>> Set<E> choices(String key, Class<E> type) {
        Set<E> chosen = EnumSet.noneOf(type);
        for (String name : text(key).split(",", -1)) {
            if (!name.isBlank()) {
                chosen.add(choice(key, name.strip(), type));
            }
        }
        return chosen;
    }

    Duration millis(String key, int min) {
        return Duration.ofMillis(integer(key, min, Integer.MAX_VALUE));
    }

    /** A number and its unit: {@code 500ms}, {@code 30s}, {@code 15m}, {@code 24h} or {@code 7d}; more than nothing. */
    Duration duration(String key) {
        return asDuration(text(key))
                .filter(duration -> !duration.isZero())
                .orElseThrow(() -> wrong(key, text(key), "a time such as 500ms, 30s, 15m, 24h or 7d"));
    }

    /** A text that is a number and a unit of time; else empty. */
    static Optional<Duration> asDuration(String text) {
        Matcher value = DURATION.matcher(text);
        if (!value.matches()) {
            return Optional.empty();
        }
        long number = Long.parseLong(value.group(1));
        return Optional.of(
                switch (value.group(2)) {
                    case "ms" -> Duration.ofMillis(number);
                    case "s" -> Duration.ofSeconds(number);
                    case "m" -> Duration.ofMinutes(number);
                    case "h" -> Duration.ofHours(number);
                    default -> Duration.ofDays(number);
                });
    }

    boolean yes(String key) {
        String value = text(key);
        if (!value.equals("true") && !value.equals("false")) {
            throw wrong(key, value, "true or false");
        }
        return value.equals("true");
    }

    <E extends Enum<E>> E choice(String key, Class<E> type) {
        return choice(key, text(key), type);
    }

    private static <E extends Enum<E>> E choice(String key, String value, Class<E> type) {
        for (E choice : type.getEnumConstants()) {
            if (nameOf(choice).equalsIgnoreCase(value)) {
                return choice;
            }
        }
        throw wrong(
                key,
                value,
                "one of "
                        + Arrays.stream(type.getEnumConstants())
                                .map(Settings::nameOf)
                                .toList());
    }

    private static String nameOf(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static ConfigurationException wrong(String key, String value, String expected) {
        return new ConfigurationException(
                "%s must be %s, was '%s'; set it in config/application.properties or as %s in the environment"
                        .formatted(key, expected, value, key.toUpperCase().replaceAll("[.-]", "_")));
    }
}
