package dev.sluice.sandbox;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads typed values from properties; what cannot be read is named with its key, the allowed range and the value. */
record Settings(Function<String, @Nullable String> properties) {

    String text(String key, String fallback) {
        String value = properties.apply(key);
        return value == null || value.isBlank() ? fallback : value.strip();
    }

    long whole(String key, long fallback, long min, long max) {
        String value = text(key, Long.toString(fallback));
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException notWhole) {
            // told below, together with what is out of range
        }
        throw new IllegalArgumentException(
                "%s must be a whole number from %d to %d, was '%s'".formatted(key, min, max, value));
    }

    Duration seconds(String key, Duration fallback, Duration max) {
        String value = text(key, "");
        if (value.isEmpty()) {
            return fallback;
        }
        try {
            BigDecimal number = new BigDecimal(value);
            if (number.signum() >= 0 && number.compareTo(BigDecimal.valueOf(max.toSeconds())) <= 0) {
                return Duration.ofNanos(number.movePointRight(9)
                        .setScale(0, RoundingMode.HALF_UP)
                        .longValueExact());
            }
        } catch (NumberFormatException notDecimal) {
            // told below, together with what is out of range
        }
        throw new IllegalArgumentException(
                "%s must be a number of seconds from 0 to %d, was '%s'".formatted(key, max.toSeconds(), value));
    }

    <E extends Enum<E>> E choice(String key, E fallback) {
        String value = text(key, fallback.name());
        E[] choices = fallback.getDeclaringClass().getEnumConstants();
        for (E choice : choices) {
            if (choice.name().equalsIgnoreCase(value)) {
                return choice;
            }
        }
        throw new IllegalArgumentException("%s must be one of %s, was '%s'"
                .formatted(key, Arrays.toString(choices).toLowerCase(Locale.ROOT), value));
    }

    boolean flag(String key, boolean fallback) {
        String value = text(key, Boolean.toString(fallback));
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("%s must be true or false, was '%s'".formatted(key, value));
        };
    }
}
