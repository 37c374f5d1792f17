package dev.sluice.check;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/**
 * The name that was probably meant: the one that the fewest edits (insert, remove, replace, or swap two neighbours)
 * lead to: at most one edit for each three letters, and three in all. Case, dashes and underscores do not count: {@code set-body} is
 * {@code setBody}.
 */
final class Nearest {
    private Nearest() {}

    static Optional<String> to(String written, Collection<String> names) {
        int most = Math.min(3, Math.max(1, written.length() / 3));
        return names.stream()
                .filter(name -> edits(bare(written), bare(name)) <= most)
                .min(Comparator.comparingInt((String name) -> edits(bare(written), bare(name)))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** {@code did you mean 'x'?}, or another remedy if no name is near. */
    static String remedy(String written, Collection<String> names, String otherwise) {
        return to(written, names).map(name -> "did you mean '" + name + "'?").orElse(otherwise);
    }

    private static String bare(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[-_]", "");
    }

    /** The optimal string alignment distance. */
    private static int edits(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                cost[i][j] = i == 0 ? j : j == 0 ? i : cheapest(cost, a, b, i, j);
            }
        }
        return cost[a.length()][b.length()];
    }

    private static int cheapest(int[][] cost, String a, String b, int i, int j) {
        int replace = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int best = Math.min(replace, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(best, cost[i - 2][j - 2] + 1) : best;
    }
}
