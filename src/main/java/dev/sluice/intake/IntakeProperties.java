package dev.sluice.intake;

/**
 * What an intake may say about its message, for the stages that come: exchange properties, never headers, so that nobody
 * outside can set them. All are optional.
 */
public final class IntakeProperties {

    /**
     * The name of the {@code direct} endpoint that the pieces of a streamed answer go to (a String), see
     * docs/formats.md. Not set: the answer is only assembled.
     */
    public static final String PIECES_TO = "SluicePiecesTo";

    /** What a piece is, instead of {@code split.unit} (a String): delta, sentence, line, paragraph, json or event. */
    public static final String SPLIT_UNIT = "SluiceSplitUnit";

    /**
     * Whether nobody wants the assembled answer of a stream that goes out in pieces (a Boolean): then nothing of its words is
     * kept, however long it is.
     */
    public static final String PIECES_ONLY = "SluicePiecesOnly";

    /** What happens to an attempt that breaks after its first piece, instead of {@code split.restart}: void or fail. */
    public static final String RESTART = "SluiceRestart";

    /** The {@link Cancellation} of a client that can go away. */
    public static final String CANCEL = "SluiceCancel";

    /** Whose message it is (a String). */
    public static final String TENANT = "SluiceTenant";

    /** How urgent it is (an Integer, 0 to 9, the higher the more; 4 is normal). */
    public static final String PRIORITY = "SluicePriority";

    /** Until when it must be answered (a {@link java.time.Instant}). */
    public static final String DEADLINE = "SluiceDeadline";

    /** The largest body that is accepted, in bytes (an Integer), instead of {@code folder.max-bytes}. */
    public static final String MAX_BODY_BYTES = "SluiceMaxBodyBytes";

    /** How long an attempt may wait for its permit (a Long, milliseconds); longer: it fails at once, with when to come back. */
    public static final String MAX_WAIT_MS = "SluiceMaxWaitMs";

    /**
     * What tells the message from every other of its source, also after a restart (a String): a request that is sent again
     * is known by it.
     */
    public static final String IDENTITY = "SluiceIdentity";

    private IntakeProperties() {}
}
