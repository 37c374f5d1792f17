package dev.sluice;

import dev.sluice.doctor.Finding;
import dev.sluice.doctor.HereChecks;
import dev.sluice.intake.DeadLetters;
import dev.sluice.jms.Broker;
import dev.sluice.jms.BrokerSettings;
import dev.sluice.jms.JmsDeadLetters;
import dev.sluice.jms.QueueNames;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;

/** The settings {@code jms.*}, as Sluice and the commands beside it read them. */
final class JmsSettings {

    private JmsSettings() {}

    static QueueNames queues(Settings settings) {
        return new QueueNames(
                settings.text("jms.request-queue"),
                settings.text("jms.response-queue"),
                settings.text("jms.piece-queue"),
                settings.text("jms.dead-queue"));
    }

    static BrokerSettings broker(Settings settings) {
        return new BrokerSettings(
                settings.text("jms.broker-url"),
                settings.text("jms.user"),
                settings.text("jms.password"),
                settings.path("jms.folder"),
                settings.text("jms.host"),
                settings.integer("jms.port", 0, 65_535));
    }

    /** Whether the intake is chosen, and there has been a broker. */
    static boolean isUsed(Settings settings) {
        BrokerSettings broker = broker(settings);
        return Intakes.chosen(settings.text("intakes")).contains("jms")
                && !isForeign(settings)
                && (!broker.embedded() || Files.isDirectory(broker.folder().resolve("journal")));
    }

    /** The dead queue; fails when asked to replay if its broker is not an Artemis. */
    static DeadLetters deadLetters(Settings settings) {
        return new JmsDeadLetters(
                () -> {
                    if (isForeign(settings)) {
                        throw new IOException(
                                "only an Artemis can be replayed from; move the messages of %s to %s with your broker's own tools"
                                        .formatted(
                                                settings.text("jms.dead-queue"), settings.text("jms.request-queue")));
                    }
                    return Broker.borrow(broker(settings), queues(settings));
                },
                queues(settings));
    }

    /** Whether the broker can be reached; empty if it takes a library that only Sluice itself loads. */
    static Optional<Finding> check(Settings settings) {
        return isForeign(settings)
                ? Optional.empty()
                : Optional.of(HereChecks.broker(broker(settings), queues(settings)));
    }

    /** Whether a connection factory of the user's own takes the place of the client of Artemis. */
    static boolean isForeign(Settings settings) {
        return !settings.text("camel.beans." + JmsBeans.CONNECTION_FACTORY).isEmpty();
    }
}
