package dev.sluice;

import dev.sluice.batch.Bounds;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options of {@code sluice batch} that end it before its last line; a mixin. */
final class BatchBounds {
    private static final BigDecimal NANOS = BigDecimal.valueOf(1_000_000_000);
    private static final BigDecimal HIGHEST = BigDecimal.valueOf(1_000_000_000);

    @Option(
            names = "--deadline",
            paramLabel = "T",
            description = "When to stop: in 90s, 30m, 2h, 1h30m, or at 2026-11-30T08:00:00Z.")
    private @Nullable String deadline;

    @Option(
            names = "--budget-tokens",
            paramLabel = "N",
            description = "Stop before more tokens are used, over all runs of the batch.")
    private @Nullable Long tokens;

    @Option(
            names = "--budget",
            paramLabel = "M",
            description = "Stop before it costs more, over all runs, in the money of batch.prices.")
    private @Nullable BigDecimal money;

    @Spec(Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    /** @param refusals see {@link Bounds} */
    Bounds bounds(Clock clock, int refusals, boolean prices) {
        if (money != null && !prices) {
            throw wrong("--budget needs batch.prices, which is empty; set it, like gpt-4o-mini=0.15/0.60");
        }
        if (tokens != null && tokens < 1) {
            throw wrong("--budget-tokens must be > 0, was " + tokens);
        }
        if (money != null && (money.signum() <= 0 || money.compareTo(HIGHEST) > 0)) {
            throw wrong("--budget must be > 0 and at most 1000000000, was " + money);
        }
        return new Bounds(
                deadline == null ? null : moment(deadline, clock),
                false,
                tokens == null ? 0 : tokens,
                money == null
                        ? 0
                        : money.multiply(NANOS).setScale(0, RoundingMode.UP).longValueExact(),
                refusals);
    }

    private Instant moment(String text, Clock clock) {
        try {
            return text.contains("T") && Character.isDigit(text.charAt(0))
                    ? OffsetDateTime.parse(text).toInstant()
                    : clock.instant().plus(duration(text));
        } catch (DateTimeException | ArithmeticException e) {
            throw wrong(
                    "--deadline must be like 90s, 30m, 2h, 1h30m or 2026-11-30T08:00:00Z, was '%s'".formatted(text));
        }
    }

    private static Duration duration(String text) {
        String iso = text.strip().toUpperCase(Locale.ROOT);
        Duration duration = Duration.parse(
                iso.startsWith("P")
                        ? iso
                        : iso.matches("\\d+D.*") ? "P" + iso.replaceFirst("D(?=.)", "DT") : "PT" + iso);
        if (duration.isNegative() || duration.isZero()) {
            throw new DateTimeException("not in the future");
        }
        return duration;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
