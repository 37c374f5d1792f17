package dev.sluice.bench;

import java.io.IOException;

/** One question, answered by runs in a lab. */
interface Scenario {

    Figures measure(Lab lab) throws IOException, InterruptedException;

    /** Tells a person who waits what is going on. */
    static void say(String what, Object... values) {
        System.err.println("  … " + what.formatted(values));
    }
}
