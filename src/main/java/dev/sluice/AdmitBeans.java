package dev.sluice;

import dev.sluice.admit.Admit;
import dev.sluice.admit.Limiter;
import dev.sluice.admit.Settle;
import dev.sluice.admit.TokenEstimate;
import dev.sluice.admit.WaitTimer;
import dev.sluice.intake.CancellableWait;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

/** The wiring of what takes a permit for each attempt, and gives account of it. */
final class AdmitBeans {
    /** Threads beyond those of the calls: whoever writes an answer has given its place in the throttle back. */
    private static final int WRITERS = 32;

    private AdmitBeans() {}

    /** @param timer where those wait who have a slot in the future */
    static Limiting bind(Wiring to, WaitTimer timer) {
        Limiting limiting = Limiting.open(to, timer);
        Limiter limiter = limiting.limiter();
        TokenEstimate estimate = LimitSettings.estimate(to.settings());
        ExecutorService threads =
                to.threads("call", to.settings().integer("throttle.max-concurrent", 1, 100_000) + WRITERS);
        AtomicInteger inFlight = new AtomicInteger();
        to.meters().gauge("sluice.calls.in.flight", inFlight);
        Admit admit = new Admit(limiter, estimate, limiting.key(), threads, timer, to.meters(), inFlight);
        to.onStopping(admit::stopWaiting);
        to.bind("admit", admit);
        to.bind("settle", new Settle(limiter, to.meters(), inFlight));
        to.bind("throttlePlaces", new RefusesTasks());
        to.bind("turnBegins", CancellableWait.begin());
        to.bind("turnCalledOff", CancellableWait.interrupted());
        to.bind("turnEnds", CancellableWait.end());
        return limiting;
    }
}
