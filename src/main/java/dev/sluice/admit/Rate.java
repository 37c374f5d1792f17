package dev.sluice.admit;

/**
 * How fast a limit may be used at present, as a share of what is configured, and the rule that moves it. Pure: no clock,
 * no state but this record.
 *
 * <p>All shares are in millionths ({@link #FULL} is the configured rate). The speed follows a cubic curve around the
 * <em>peak</em>, the rate at which the upstream refused last (as CUBIC does, RFC 9438):
 *
 * <ul>
 *   <li>A cut puts the peak at what the upstream has let through, and the speed 3 % below it.
 *   <li>From there the speed rises towards the peak, fast at first, slow around it, and reaches it at progress 1: after
 *       {@value #CALLS} calls that had to wait, but not within {@value #SOONEST} µs, and in any case after
 *       {@value #LATEST} µs. Only time in which somebody waits counts: an idle limit is not raised.
 *   <li>Beyond the peak it rises ever faster, three times as eagerly, until the next refusal or the configured rate.
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
 *       it is much higher, as the upstream allows more than it did.
 * </ul>
 *
 * <p>No cut goes below half of the speed; ever so many may follow one another.
 *
 * <p>Worked example: refused at 50 % of the configured rate. The speed falls to 48.5 %, is 49.8 % at progress 0.5, 50 %
 * at 1, 50.6 % at 1.25, and 90.5 % at 2.
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
        double speed = peak * (1 + (double) depth / FULL * (from * from * from));
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
     * The upstream refused a call.
     *
     * @param passed how many calls it let through since the last cut
     * @param expected how many it would have let through at the configured rate
     */
    Rate cut(double factor, double passed, double expected) {
        double now = speed(factor);
        double average = (passed * FULL + DOUBT * now) / (expected + DOUBT);
        double through = progress(factor) < EARLY
                ? (average + now) / 2
                : usual > RISEN * average ? usual : Math.min(usual, LITTLE * average);
        double reached = Math.min(now, Math.max(now / 2, through));
        return new Rate((long) Math.max(LEAST, Math.floor(reached)), DEPTH, 0, 0, usual);
    }
}
