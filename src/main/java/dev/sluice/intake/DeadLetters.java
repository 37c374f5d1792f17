package dev.sluice.intake;

import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** A place where an intake keeps its failed messages, and from where they can be sent again. */
public interface DeadLetters {

    /** Its name on the command line: {@code folder}, {@code jms}. */
    String source();

    /**
     * Sends again what is wanted, each through the intake that it came from. A message leaves its place in the moment in
     * which it is sent, so it is never both kept and sent; what was recorded of its failure stays as history.
     *
     * @param wanted by the record of its failure
     * @param dryRun whether nothing is sent, only told
     * @param told of each that is sent, or would be
     * @throws IOException also if another process is sending again from the same place; nothing was sent then
     */
    void replay(Predicate<FailureRecord> wanted, boolean dryRun, Consumer<Replayed> told) throws IOException;

    /**
     * A message that is sent again.
     *
     * @param message its name
     * @param record of its failure
     * @param to where it went
     */
    record Replayed(String message, FailureRecord record, String to) {}
}
