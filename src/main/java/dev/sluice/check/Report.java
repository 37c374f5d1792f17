package dev.sluice.check;

import java.util.List;

/**
 * The outcome of a check.
 *
 * @param findings by file and line
 * @param files how many route files were read
 * @param routes how many routes they hold
 */
record Report(List<Finding> findings, int files, int routes) {
    boolean passed() {
        return count(Kind.PROBLEM) == 0;
    }

    /** One line, for example {@code 9 files, 9 routes: all good}. */
    String summary() {
        return counted(files, "file") + ", " + counted(routes, "route") + ": " + verdict();
    }

    private String verdict() {
        long advice = count(Kind.ADVICE);
        String hint = advice == 0 ? "" : ", " + advice + " advice";
        return (passed() ? "all good" : counted(count(Kind.PROBLEM), "problem")) + hint;
    }

    private long count(Kind kind) {
        return findings.stream().filter(finding -> finding.kind() == kind).count();
    }

    private static String counted(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
