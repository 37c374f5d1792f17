package dev.sluice.sandbox;

/** The words of an answer: a pure function of the prompt, the choice and the seed. */
final class AnswerText {
    private static final int SHOWN_CHARS = 60;
    private static final int PARAGRAPHS = 5;
    private static final int SENTENCES = 8;
    private static final String[] WHO = {
        "The sluice", "A patient keeper", "The upper canal", "Every gate", "The old mill", "A careful miller"
    };
    private static final String[] DOES = {
        "lets the water through", "holds back the flood", "counts each drop", "feeds the slow wheel", "waits for rain"
    };
    private static final String[] HOW = {
        "at an even pace", "without losing any", "until the pond is full again", "while the river rises outside"
    };

    private AnswerText() {}

    static String of(Behaviour.Answer kind, String prompt, int choice, long seed) {
        return switch (kind) {
            case PLAIN -> plain(prompt, choice);
            case ECHO -> prompt;
            case LONG -> plain(prompt, choice) + longText(Mix.of(seed + choice, Mix.of(prompt)));
        };
    }

    /** Whether a cut before this index would fall between the halves of a surrogate pair. */
    static boolean splitsPair(String text, int index) {
        return index > 0
                && index < text.length()
                && Character.isHighSurrogate(text.charAt(index - 1))
                && Character.isLowSurrogate(text.charAt(index));
    }

    private static String plain(String prompt, int choice) {
        StringBuilder text = new StringBuilder(110).append("Sandbox answer");
        if (choice > 0) {
            text.append(' ').append(choice + 1);
        }
        text.append(" to \"");
        int end = Math.min(SHOWN_CHARS, prompt.length());
        end = splitsPair(prompt, end) ? end - 1 : end;
        for (int i = 0; i < end; i++) {
            char c = prompt.charAt(i);
            text.append(c < ' ' ? ' ' : c);
        }
        int words = words(prompt);
        text.append(end < prompt.length() ? "…\" (" : "\" (").append(words);
        return text.append(words == 1 ? " word)." : " words).").toString();
    }

    private static int words(String text) {
        int words = 0;
        boolean inWord = false;
        for (int i = 0; i < text.length(); i++) {
            boolean letter = !Character.isWhitespace(text.charAt(i));
            words += letter && !inWord ? 1 : 0;
            inWord = letter;
        }
        return words;
    }

    private static String longText(long seed) {
        StringBuilder text = new StringBuilder(3000);
        for (int i = 0; i < PARAGRAPHS * SENTENCES; i++) {
            long draw = Mix.of(seed, i);
            text.append(i % SENTENCES == 0 ? "\n\n" : " ");
            text.append(pick(WHO, draw)).append(' ');
            text.append(pick(DOES, draw >>> 16)).append(' ');
            text.append(pick(HOW, draw >>> 32)).append('.');
        }
        return text.toString();
    }

    private static String pick(String[] words, long draw) {
        return words[(int) ((draw & 0xFFFF) % words.length)];
    }
}
