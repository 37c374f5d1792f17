package dev.sluice.check;

import java.nio.file.Path;
import java.util.Comparator;

/**
 * One thing that is wrong in a file, in words for the person who edits it.
 *
 * @param line from 1; 0 if the finding is about the whole file
 * @param column from 1; 0 if it is not known
 * @param problem what is wrong, with the value
 * @param remedy what to do about it
 */
public record Finding(Kind kind, Path file, int line, int column, String problem, String remedy)
        implements Comparable<Finding> {
    private static final Comparator<Finding> ORDER = Comparator.comparing(Finding::file)
            .thenComparing(Finding::line)
            .thenComparing(Finding::column)
            .thenComparing(Finding::kind)
            .thenComparing(Finding::problem)
            .thenComparing(Finding::remedy);

    /** By file, and from top to bottom in it. */
    @Override
    public int compareTo(Finding other) {
        return ORDER.compare(this, other);
    }

    /** For example {@code routes/x.camel.yaml:12:5: unknown property 'descripton' … — did you mean 'description'?}. */
    @Override
    public String toString() {
        return file
                + (line > 0 ? ":" + line : "")
                + (line > 0 && column > 0 ? ":" + column : "")
                + ": "
                + (kind == Kind.ADVICE ? "advice: " : "")
                + problem
                + " — "
                + remedy;
    }
}
