package dev.sluice.batch;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What tokens cost, by model: {@code gpt-4o-mini=0.15/0.60,*=2.50/10} is 0.15 for a million tokens of prompts and 0.60 for a
 * million of answers, in whatever money; {@code *} is every model that is not named. A dated name such as
 * {@code gpt-4o-mini-2024-07-18} has the price of the longest name that it begins with, followed by a hyphen.
 */
public final class Prices {
    private static final String EVERY_OTHER = "*";
    private static final BigDecimal NANOS_A_TOKEN =
            BigDecimal.valueOf(1000); // 1 a million tokens is 1000 nanos a token
    private static final BigDecimal HIGHEST = BigDecimal.valueOf(1_000_000);

    private final Map<String, Price> byModel = new TreeMap<>();

    private Prices() {}

    /** Nanos a token, rounded up. */
    private record Price(long input, long output) {}

    /** @throws IllegalArgumentException saying what is wrong with the text */
    public static Prices parse(String text) {
        Prices prices = new Prices();
        for (String part : text.split(",", -1)) {
            if (!part.isBlank()) {
                int equals = part.lastIndexOf('=');
                String[] both = part.substring(equals + 1).split("/", -1);
                if (equals < 1 || both.length != 2) {
                    throw new IllegalArgumentException("'%s' is not model=input/output".formatted(part.strip()));
                }
                prices.byModel.put(
                        part.substring(0, equals).strip(), new Price(nanos(both[0], part), nanos(both[1], part)));
            }
        }
        return prices;
    }

    private static long nanos(String price, String part) {
        try {
            BigDecimal value = new BigDecimal(price.strip());
            if (value.signum() >= 0 && value.compareTo(HIGHEST) <= 0) {
                return value.multiply(NANOS_A_TOKEN)
                        .setScale(0, RoundingMode.CEILING)
                        .longValueExact();
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(
                "'%s' in '%s' is not a price from 0 to 1000000".formatted(price.strip(), part.strip()));
    }

    public boolean isEmpty() {
        return byModel.isEmpty();
    }

    /** What these tokens cost; empty if the model has no price. */
    Optional<Use> of(String model, long prompt, long completion) {
        return price(model).map(price -> new Use(prompt, completion, prompt * price.input + completion * price.output));
    }

    private Optional<Price> price(String model) {
        for (String name = model; !name.isEmpty(); name = shorter(name)) {
            Price price = byModel.get(name);
            if (price != null) {
                return Optional.of(price);
            }
        }
        return Optional.ofNullable(byModel.get(EVERY_OTHER));
    }

    private static String shorter(String name) {
        return name.substring(0, Math.max(0, name.lastIndexOf('-')));
    }
}
