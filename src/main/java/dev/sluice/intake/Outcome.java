package dev.sluice.intake;

/** What became of a message. */
enum Outcome {
    ANSWERED,
    FAILED
}
