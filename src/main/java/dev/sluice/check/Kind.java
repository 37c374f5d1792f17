package dev.sluice.check;

/** How much a finding weighs. */
public enum Kind {
    /** The routes would not start, or would not do what is written: the check fails. */
    PROBLEM,
    /** It works, and could be better: the check passes. */
    ADVICE
}
