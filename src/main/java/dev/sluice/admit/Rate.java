package dev.sluice.admit;

/**
 * How fast a limit may be used at present, as a share of what is configured, and the rule that moves it. Pure: no clock,
 * no state but this record.
 *
 * <p>All shares are in millionths ({@link #FULL} is the configured rate). The speed follows a cubic curve around the
 * <em>peak</em>, the rate at which the upstream refused last (as CUBIC does, RFC 9438):
 *
 * <ul>
 *   <li>A cut puts the peak at what the upstream has let through, and the speed 3 % below it (6 % at first).
 *   <li>From there the speed rises towards the peak, fast at first, slow around it, and reaches it at progress 1: after
 *       {@value #CALLS} calls that had to wait, but not within {@value #SOONEST} µs, and in any case after
 *       {@value #LATEST} µs. Only time in which somebody waits counts: an idle limit is not raised.
 *   <li>Beyond the peak it rises ever faster, three times as eagerly, until the next refusal or the configured rate; from a
 *       tenth above it, which no longer is the same limit, with the fifth power instead of the third.
 * </ul>
 *
 * <p>What the upstream has let through is the <em>average</em> rate since the last cut, its cool-down included: where two
 * refusals find a bucket empty, or a window full, that is the limit itself, whatever its burst. Three things bend it:
 *
 * <ul>
 *   <li>Few calls tell little: {@value #DOUBT} calls at the present speed are counted beside them.
 *   <li>Soon after a cut, the cut goes only half of the way: a window that is counted exactly refuses at the rate of a
 *       minute ago.
 *   <li>Later, the rate of the last half minute or so is believed if it is a little higher (again for the windows), and if
 *       it is much higher, as the upstream allows more than it did. If the speed has come to more than twice the peak, a
 *       third of the way from there to the present speed is believed: it rose fast, and the half minute is behind.
 * </ul>
 *
 * <p>A window that is counted exactly gives back what was taken a minute ago, so it refuses again soon after a cut where that
 * was little: an <em>echo</em>. Where calls are many, so that one more refusal is one of thousands, the first
 * {@value #ECHOES} refusals soon after a cut are taken for that: the peak stays, the speed is 1 % lower each time. If less
 * than 93 % of the rate came through since, a pause lets the window run ahead ({@link Gcra}); a bucket lets through what it
 * allows, and is only left unused by a pause. The next refusal cuts. After the first cut of all, and after one to 60 % or
 * less, there are no echoes: the limit is yet to be found, and the speed goes 6 % below the peak at once.
 *
 * <p>No cut goes below half of the speed; ever so many may follow one another.
 *
 * <p>Worked example: refused at 50 % of the configured rate. The speed falls to 48.5 %, is 49.8 % at progress 0.5, 50 %
 * at 1, 50.6 % at 1.25, 55.1 % at 1.5, and 88.4 % at 1.75.
 *
 * @param peak the rate at which the upstream refused last
 * @param depth how far below the peak the last cut went; 0 if there was none
 * @param grown how long somebody has waited since the last cut, in µs
 * @param calls how many calls have had to wait since the last cut
 * @param usual the rate of the last {@value #REMEMBERED} µs, an exponential average
 */
record Rate(long peak, long depth, long grown, long calls, long usual) {
    static final long FULL = 1_000_000;
    static final long LEAST = 1_000;
    static final long DEPTH = 30_000;
    static final long CALLS = 200;
    static final long SOONEST = 30_000_000;
    static final long LATEST = 300_000_000;
    static final long REMEMBERED = 30_000_000;
    static final long DOUBT = 5;

    private static final double EARLY = 0.25;
    private static final double RISEN = 1.25;
    private static final double LITTLE = 1.15;
    private static final double FAR = 2;
    private static final double BEHIND = 3;
    private static final double STEEP = 1.5;
    private static final long ECHOES = 3;
    private static final long ECHO_DEPTH = 10_000;
    private static final long WITHOUT_ECHO = DEPTH + ECHOES * ECHO_DEPTH;
    private static final double FALLEN = 0.6;
    private static final double HELD_UP = 0.93;

    /** From ten calls a second on, an echo is borne with; µs between two of them. */
    private static final double MANY = 100_000;

    private static final double EAGERNESS_BEYOND_PEAK = 3;

    /** As configured; never refused. */
    static final Rate CONFIGURED = new Rate(FULL, 0, 0, 0, FULL);

    /** As it was found elsewhere: what the upstream allows is about this. */
    static Rate known(long speed, double factor) {
        if (speed == FULL || factor == 0) {
            return CONFIGURED;
        }
        double atPeak = Limit.DEFAULT_ADAPTIVE_FACTOR / factor;
        return new Rate(speed, DEPTH, (long) Math.ceil(SOONEST * atPeak), (long) Math.ceil(CALLS * atPeak), speed);
    }

    /**
     * The share of the configured rate that may be used now.
     *
     * @param factor {@code limit.adaptive-factor}: how eagerly a cut is regained; 0: never moved at all
     */
    long speed(double factor) {
        if (factor == 0) {
            return FULL;
        }
        double progress = progress(factor);
        double from = progress < 1 ? progress - 1 : EAGERNESS_BEYOND_PEAK * (progress - 1);
        double steep = Math.max(1, from / STEEP);
        double speed = peak * (1 + (double) depth / FULL * (from * from * from) * (steep * steep));
        return (long) Math.min(FULL, Math.max(LEAST, Math.floor(speed)));
    }

    /** How far the last cut is regained: 0 right after it, 1 at the peak. */
    double progress(double factor) {
        double soon = Math.min((double) calls / CALLS, (double) grown / SOONEST);
        return Math.max(soon, (double) grown / LATEST) * factor / Limit.DEFAULT_ADAPTIVE_FACTOR;
    }

    /**
     * Some time passes.
     *
     * @param micros how much
     * @param shown how far the clock went meanwhile, in µs
     * @param waited how long somebody waited meanwhile, in µs
     */
    Rate after(long micros, long shown, long waited) {
        if (micros == 0) {
            return this;
        }
        double weight = Math.min(1, (double) micros / REMEMBERED);
        double share = (double) shown * FULL / micros;
        long average = (long) Math.floor(usual + (share - usual) * weight + 0.5);
        return new Rate(peak, depth, grown + waited, calls, average);
    }

    /** Another call has to wait. */
    Rate called() {
        return new Rate(peak, depth, grown, calls + 1, usual);
    }

    /**
     * Whether a refusal now is taken for the echo of the last one.
     *
     * @param cost how much of the clock a call takes, in µs
     */
    boolean echoes(double factor, double cost) {
        return depth > 0 && depth < WITHOUT_ECHO && progress(factor) < EARLY && cost * FULL <= MANY * speed(factor);
    }

    /**
     * Whether clearly less came through since the last cut than should have: a window was full, and has a gap that comes back.
     *
     * @param passed see {@link #cut}
     * @param expected see {@link #cut}
     */
    boolean heldUp(double factor, double passed, double expected) {
        return average(factor, passed, expected) <= HELD_UP * speed(factor);
    }

    /** After an echo: a little slower, around the same peak. */
    Rate echoed() {
        return new Rate(peak, depth + ECHO_DEPTH, 0, 0, usual);
    }

    /**
     * The upstream refused a call.
     *
     * @param passed how many calls it let through since the last cut
     * @param expected how many it would have let through at the configured rate
     */
    Rate cut(double factor, double passed, double expected) {
        double now = speed(factor);
        double average = average(factor, passed, expected);
        double through = progress(factor) < EARLY ? (average + now) / 2 : lately(now, average);
        double reached = Math.min(now, Math.max(now / 2, through));
        boolean unknown = depth == 0 || through < FALLEN * now;
        long down = unknown ? WITHOUT_ECHO : DEPTH;
        return new Rate((long) Math.max(LEAST, Math.floor(reached)), down, 0, 0, usual);
    }

    /** The rate since the last cut, as far as so few calls tell. */
    private double average(double factor, double passed, double expected) {
        return (passed * FULL + DOUBT * speed(factor)) / (expected + DOUBT);
    }

    private double lately(double now, double average) {
        if (depth > 0 && now > FAR * peak) {
            return usual + (now - usual) / BEHIND;
        }
        return usual > RISEN * average ? usual : Math.min(usual, LITTLE * average);
    }
}
