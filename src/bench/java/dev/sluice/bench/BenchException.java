package dev.sluice.bench;

/** A run could not be measured; the message says what was waited for, or what was wrong, for a person to act on. */
final class BenchException extends RuntimeException {
    BenchException(String message) {
        super(message);
    }
}
