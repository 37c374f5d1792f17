package dev.sluice.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What a scenario has measured: rows of named values, printed as a table and written as JSON under the same names. */
final class Figures {
    private final List<Map<String, Object>> rows = new ArrayList<>();

    /** A row under construction. */
    static final class Row {
        private final Map<String, Object> values = new LinkedHashMap<>();

        Row text(String name, String value) {
            values.put(name, value);
            return this;
        }

        Row count(String name, long value) {
            values.put(name, value);
            return this;
        }

        /** Leaves the value out where it could not be measured. */
        Row count(String name, OptionalLong value) {
            value.ifPresent(known -> values.put(name, known));
            return this;
        }

        /** Keeps so many decimals; leaves the value out if it is NaN. */
        Row number(String name, double value, int decimals) {
            if (decimals == 0 && !Double.isNaN(value)) {
                values.put(name, Math.round(value));
            } else if (!Double.isNaN(value)) {
                double scale = Math.pow(10, decimals);
                values.put(name, Math.round(value * scale) / scale);
            }
            return this;
        }
    }

    Figures add(Row row) {
        rows.add(row.values);
        return this;
    }

    List<Map<String, Object>> rows() {
        return rows;
    }

    /** The middle value; between the middle two of an even number; NaN of none. */
    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int size = sorted.size();
        return size == 0 ? Double.NaN : (sorted.get((size - 1) / 2) + sorted.get(size / 2)) / 2;
    }

    /** The table; a dash where a row has no such value. */
    @Override
    public String toString() {
        Set<String> names = new LinkedHashSet<>();
        rows.forEach(row -> names.addAll(row.keySet()));
        List<List<String>> columns = names.stream().map(this::column).toList();
        return IntStream.rangeClosed(0, rows.size())
                .mapToObj(
                        line -> columns.stream().map(column -> column.get(line)).collect(Collectors.joining("  ")))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /** A column's head and cells, all of one width. */
    private List<String> column(String name) {
        List<String> cells = new ArrayList<>(List.of(name));
        rows.forEach(row -> cells.add(String.valueOf(row.getOrDefault(name, "-"))));
        int width = cells.stream().mapToInt(String::length).max().orElse(1);
        return cells.stream()
                .map(cell -> " ".repeat(width - cell.length()) + cell)
                .toList();
    }
}
