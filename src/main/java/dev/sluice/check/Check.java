package dev.sluice.check;

/** One kind of question to a bundle. */
interface Check {
    void run(Bundle bundle, Findings findings);
}
