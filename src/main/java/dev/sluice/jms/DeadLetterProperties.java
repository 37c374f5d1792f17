package dev.sluice.jms;

import dev.sluice.intake.FailureRecord;
import dev.sluice.intake.Request;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Why a message is in the dead queue, as properties of it: {@code SluiceStatus}, {@code SluiceCode}, {@code SluiceMessage},
 * {@code SluiceAttempts}, {@code SluiceFailedAt}, and for people {@code SluiceHappened}, {@code SluiceCauses} and
 * {@code SluiceNextStep}. When it is sent again, {@value #HISTORY} keeps what it failed of before.
 */
final class DeadLetterProperties {
    /** Of the latest failures the time, code and status, the latest last. */
    static final String HISTORY = "SluiceHistory";

    private static final String STATUS = "SluiceStatus";
    private static final String CODE = "SluiceCode";
    private static final String MESSAGE = "SluiceMessage";
    static final String ATTEMPTS = "SluiceAttempts";
    private static final String FAILED_AT = "SluiceFailedAt";
    /** When Artemis found that a message had expired, in milliseconds. */
    private static final String EXPIRED_AT = "_AMQ_ACTUAL_EXPIRY";

    private static final int MAX_HISTORY = 500;

    private DeadLetterProperties() {}

    static Map<String, Object> of(FailureRecord error) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put(Request.ID_HEADER, error.requestId());
        properties.put(STATUS, error.status());
        properties.put(CODE, error.code());
        properties.put(MESSAGE, error.message());
        properties.put(ATTEMPTS, error.attempts());
        properties.put(FAILED_AT, error.at());
        properties.put("SluiceHappened", error.happened());
        properties.put("SluiceCauses", String.join("; ", error.causes()));
        properties.put("SluiceNextStep", error.nextStep());
        return properties;
    }

    /** Whether a message says why it has no answer. */
    static boolean isLetter(Message message) throws JMSException {
        return message.propertyExists(CODE);
    }

    /** What is known of a dead letter; one without properties of ours has been put there by the broker. */
    static FailureRecord read(Message letter) throws JMSException {
        String code = letter.getStringProperty(CODE);
        String at = letter.getStringProperty(FAILED_AT);
        String id = letter.getStringProperty(Request.ID_HEADER);
        boolean expired = letter.propertyExists(EXPIRED_AT);
        long moved = expired ? letter.getLongProperty(EXPIRED_AT) : letter.getJMSTimestamp();
        return FailureRecord.kept(
                id == null ? String.valueOf(letter.getJMSMessageID()) : id,
                at == null ? Instant.ofEpochMilli(moved).toString() : at,
                letter.propertyExists(ATTEMPTS) ? letter.getIntProperty(ATTEMPTS) : 0,
                letter.propertyExists(STATUS) ? letter.getIntProperty(STATUS) : 0,
                code != null ? code : expired ? "expired" : "moved_by_broker",
                Objects.requireNonNullElse(letter.getStringProperty(MESSAGE), ""),
                false);
    }

    /** The history of a dead letter that is sent again. */
    static String history(Message letter, FailureRecord error) throws JMSException {
        String earlier = letter.getStringProperty(HISTORY);
        String now = "%s %s %d".formatted(error.at(), error.code(), error.status());
        String all = earlier == null ? now : earlier + "; " + now;
        return all.length() <= MAX_HISTORY ? all : all.substring(all.indexOf("; ", all.length() - MAX_HISTORY) + 2);
    }
}
