package dev.sluice.intake;

/** Headers of a piece of a streamed answer, beside those of its request; docs/formats.md. */
public final class PieceHeaders {

    /** Its number within its attempt, from 0. */
    public static final String INDEX = "SluiceIndex";

    /** {@link #PIECE}, {@link #END} or {@link #VOID}. */
    public static final String KIND = "SluiceKind";

    /** The kind of a part of the answer. */
    public static final String PIECE = "piece";

    /** The kind of the last piece of a complete attempt. */
    public static final String END = "end";

    /** The kind of the last piece of an attempt that is given up. */
    public static final String VOID = "void";

    private PieceHeaders() {}
}
