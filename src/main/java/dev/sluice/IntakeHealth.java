package dev.sluice;

import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/** Readiness of an intake: up once it takes messages. */
final class IntakeHealth extends AbstractHealthCheck {
    private final BooleanSupplier ready;

    IntakeHealth(String intake, BooleanSupplier ready) {
        super("sluice", "intake-" + intake);
        this.ready = ready;
    }

    @Override
    public boolean isLiveness() {
        return false;
    }

    @Override
    protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
        if (ready.getAsBoolean()) {
            builder.up();
        } else {
            builder.down().message("takes no messages: it has not begun, or its source cannot be used");
        }
    }
}
