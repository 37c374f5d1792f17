package dev.sluice.batch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Does lines of a batch without a call, to have one that is nearly done. */
public final class DoneLines {
    private static final int GROUP = 64;
    private static final int LONGEST = 1 << 20;

    private DoneLines() {}

    /** Writes outputs and ledger as if the first lines of an input had been answered, in groups of as many as are in hand. */
    public static void write(Path input, long lines, String answer) throws IOException, BatchRefusedException {
        BatchFiles files = BatchFiles.of(input, null, null);
        LineParser parser = new LineParser(LONGEST, null, Origin.HERE);
        byte[] body = answer.getBytes(StandardCharsets.UTF_8);
        try (Ledger ledger = Ledger.open(files, Files.size(input));
                LineReader reader = new LineReader(Files.newInputStream(input), LONGEST)) {
            List<Ended> group = new ArrayList<>();
            Mark before = Mark.START;
            for (Line line = reader.next(any -> true); line != null; line = reader.next(any -> true)) {
                String id = String.valueOf(parser.parse(line).customId());
                String request = "bench-" + line.number();
                byte[] json = Results.answer(new Results.Head("batch_req_" + request, id, null), request, body);
                group.add(new Ended(line.number(), Ids.hash(id), false, json, new Use(1, 1, 0)));
                if (group.size() == GROUP || line.number() == lines) {
                    ledger.write(group, reader.position(), before);
                    before = reader.mark();
                    group.clear();
                }
                if (line.number() == lines) {
                    return;
                }
            }
        }
    }
}
