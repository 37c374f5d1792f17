package dev.sluice.split;

/** What a piece of a streamed answer is ({@code split.unit}). */
public enum Unit {
    /** What one event of the stream adds. */
    DELTA,
    /** A sentence, with the white space after it. */
    SENTENCE,
    /** A line, with its end. */
    LINE,
    /** Up to an empty line, and with it. */
    PARAGRAPH,
    /** A value of an answer in JSON. */
    JSON,
    /** An event of the stream, untouched. */
    EVENT;

    /** A cutter for one text. */
    Cutter cutter() {
        return switch (this) {
            case DELTA -> new DeltaCutter();
            case SENTENCE -> new SentenceCutter();
            case LINE -> new LineCutter(1);
            case PARAGRAPH -> new LineCutter(2);
            case JSON -> new JsonCutter();
            case EVENT -> throw new IllegalStateException("events are not cut");
        };
    }
}
