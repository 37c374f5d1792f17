package dev.sluice.check;

import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** What the checks found so far, sorted, each thing once. Not thread-safe. */
final class Findings {
    private final SortedSet<Finding> all = new TreeSet<>();

    void problem(Path file, Node at, String problem, String remedy) {
        add(Kind.PROBLEM, file, at, problem, remedy);
    }

    void advice(Path file, Node at, String problem, String remedy) {
        add(Kind.ADVICE, file, at, problem, remedy);
    }

    void add(Kind kind, Path file, Node at, String problem, String remedy) {
        Mark mark = at.getStartMark().orElse(null);
        int line = mark == null ? 0 : mark.getLine() + 1;
        int column = mark == null ? 0 : mark.getColumn() + 1;
        add(new Finding(kind, file, line, column, problem, remedy));
    }

    void add(Finding finding) {
        all.add(finding);
    }

    List<Finding> sorted() {
        return List.copyOf(all);
    }
}
