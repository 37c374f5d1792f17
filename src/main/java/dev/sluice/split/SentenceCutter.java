package dev.sluice.split;

import java.text.BreakIterator;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Cuts between sentences, by the rules of {@link BreakIterator} for any language (of Unicode, so for Chinese as well as
 * English). A sentence is cut off as soon as a letter or digit after it proves that it is over: {@code "It is 3."} may go
 * on with {@code "14 m."}.
 *
 * <p>A sentence that is longer than {@value #LONGEST} characters is cut there: whoever sends that sends no sentences, and
 * looking at it again and again would take ever longer.
 */
final class SentenceCutter implements Cutter {
    static final int LONGEST = 4096;

    private final BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
    private final StringBuilder text = new StringBuilder();

    @Override
    public void add(String more, Consumer<Cut> cuts) {
        for (int start = 0; start < more.length(); start += LONGEST) {
            text.append(more, start, Math.min(more.length(), start + LONGEST));
            cut(cuts, false);
        }
    }

    @Override
    public void end(Consumer<Cut> cuts) {
        cut(cuts, true);
        text.setLength(0);
    }

    private void cut(Consumer<Cut> cuts, boolean all) {
        String known = text.toString();
        sentences.setText(known);
        int start = 0;
        for (int end = sentences.next(); end != BreakIterator.DONE; end = sentences.next()) {
            start = cutLong(known, start, end, cuts);
            if (!all && !isSure(known, end)) {
                break;
            }
            cuts.accept(new Cut(known.substring(start, end)));
            start = end;
        }
        text.delete(0, start);
    }

    /** Whether the end of a sentence stays one whatever follows. */
    private static boolean isSure(String known, int end) {
        return known.substring(end).codePoints().anyMatch(Character::isLetterOrDigit);
    }

    /** Cuts the beginning off a sentence that is too long; returns where what is left of it begins. */
    private static int cutLong(String known, int start, int end, Consumer<Cut> cuts) {
        int from = start;
        while (end - from > LONGEST) {
            int to = from + LONGEST - (Character.isHighSurrogate(known.charAt(from + LONGEST - 1)) ? 1 : 0);
            cuts.accept(new Cut(known.substring(from, to)));
            from = to;
        }
        return from;
    }
}
