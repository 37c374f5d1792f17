package dev.sluice.check;

import java.nio.file.Path;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Tells the place in a file of a character in a value. */
@FunctionalInterface
interface Source {
    /** A line and a column, both from 1; 0 if not known. */
    record Place(Path file, int line, int column) {}

    Place at(int offset);

    /**
     * Exact for values on one line and for the lines of a literal block ({@code |}); the beginning of the value for those
     * that YAML folds.
     */
    static Source of(RouteFile file, ScalarNode node) {
        Mark start = node.getStartMark().orElse(null);
        if (start == null) {
            return offset -> new Place(file.path(), 0, 0);
        }
        String value = node.getValue();
        int line = start.getLine() + 1;
        int column = start.getColumn() + 1;
        if (node.getScalarStyle() == ScalarStyle.LITERAL) {
            return offset -> new Place(file.path(), line + 1 + lines(value, offset), 0);
        }
        boolean oneLine =
                node.getEndMark().map(end -> end.getLine() == start.getLine()).orElse(false);
        int quote = node.getScalarStyle() == ScalarStyle.PLAIN ? 0 : 1;
        return offset -> new Place(file.path(), line, oneLine ? column + quote + offset : column);
    }

    private static int lines(String value, int offset) {
        return (int) value.substring(0, offset).chars().filter(c -> c == '\n').count();
    }
}
