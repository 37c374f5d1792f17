package dev.sluice.split;

import java.util.function.Consumer;

/**
 * Cuts after a number of line feeds with nothing but white space between them: 1 for lines, 2 for paragraphs. A piece of
 * paragraphs has something to say: the empty lines before it are part of it.
 */
final class LineCutter implements Cutter {
    private final int lineFeeds;
    private final StringBuilder text = new StringBuilder();
    private int seen;
    private boolean blank = true;

    LineCutter(int lineFeeds) {
        this.lineFeeds = lineFeeds;
    }

    @Override
    public void add(String more, Consumer<Cut> cuts) {
        int start = 0;
        for (int i = 0; i < more.length(); i++) {
            char c = more.charAt(i);
            if (c == '\n') {
                seen++;
                if (seen >= lineFeeds && (lineFeeds == 1 || !blank)) {
                    text.append(more, start, i + 1);
                    start = i + 1;
                    end(cuts);
                }
            } else if (!Character.isWhitespace(c)) {
                seen = 0;
                blank = false;
            }
        }
        text.append(more, start, more.length());
    }

    @Override
    public void end(Consumer<Cut> cuts) {
        if (!text.isEmpty()) {
            cuts.accept(new Cut(text.toString()));
            text.setLength(0);
        }
        seen = 0;
        blank = true;
    }
}
