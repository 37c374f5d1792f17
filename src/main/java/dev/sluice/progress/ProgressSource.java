package dev.sluice.progress;

import java.util.List;

/** Who knows what has been done; every bean of the registry that is one is asked. */
@FunctionalInterface
public interface ProgressSource {

    /** Of each job that this node works for. */
    List<Done> done();

    /**
     * What a job has come to.
     *
     * @param total see {@link Progress}
     * @param ended see {@link Progress}
     * @param byAll whether it counts what was done by all nodes and at any time, not only by this one since it started
     */
    record Done(String job, long total, boolean ended, boolean byAll, long answered, long failed) {

        /** Of a job that has no end, what this node has done since it started. */
        public static Done here(String job, long answered, long failed) {
            return new Done(job, Progress.ENDLESS, false, false, answered, failed);
        }

        /** Of a job that one node keeps the account of. */
        public static Done byAll(String job, long total, boolean ended, long answered, long failed) {
            return new Done(job, total, ended, true, answered, failed);
        }

        Done last() {
            return new Done(job, total, true, byAll, answered, failed);
        }
    }
}
