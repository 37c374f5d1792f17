package dev.sluice.split;

import java.util.function.Consumer;

/** Cuts where the upstream did, but never through a character: half of a surrogate pair waits for the other half. */
final class DeltaCutter implements Cutter {
    private String half = "";

    @Override
    public void add(String text, Consumer<Cut> cuts) {
        String all = half.isEmpty() ? text : half + text;
        int end = all.length();
        if (end > 0 && Character.isHighSurrogate(all.charAt(end - 1))) {
            end--;
        }
        half = all.substring(end);
        if (end > 0) {
            cuts.accept(new Cut(all.substring(0, end)));
        }
    }

    @Override
    public void end(Consumer<Cut> cuts) {
        if (!half.isEmpty()) {
            cuts.accept(new Cut(half));
            half = "";
        }
    }
}
