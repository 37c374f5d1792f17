package dev.sluice.admit;

/** Places for calls in flight. Thread-safe; never blocks. */
interface Places {

    /**
     * Takes a place, if one is free.
     *
     * @param whenFree told later, once, if none is
     */
    boolean take(Runnable whenFree);

    /** Gives a place back, with what became of its call. */
    void giveBack(Settlement settlement);
}
