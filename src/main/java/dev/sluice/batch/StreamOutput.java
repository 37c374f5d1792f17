package dev.sluice.batch;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** Answers for standard output: nothing of it can be cut or remembered, so such a batch cannot be resumed. */
final class StreamOutput implements BatchOutput {
    private final OutputStream output;
    private final OutputStream errors;
    private final LedgerState state = new LedgerState();
    private final String id = UUID.randomUUID().toString();

    private StreamOutput(OutputStream output, OutputStream errors) {
        this.output = output;
        this.errors = errors;
    }

    static StreamOutput open(BatchFiles files, OutputStream standardOutput) throws IOException, BatchRefusedException {
        Path errors = files.errors();
        if (errors.equals(files.output())) {
            return new StreamOutput(standardOutput, standardOutput);
        }
        if (Files.exists(errors) && Files.size(errors) > 0) {
            throw new BatchRefusedException("%s exists; move it away or name another --errors".formatted(errors));
        }
        return new StreamOutput(standardOutput, Files.newOutputStream(errors));
    }

    @Override
    public LedgerState state() {
        return state;
    }

    /** It cannot be opened again. */
    @Override
    public String id() {
        return id;
    }

    @Override
    public void write(List<Ended> group, Position read, Mark prefix) throws IOException {
        for (Ended ended : group) {
            OutputStream target = ended.failed() ? errors : output;
            target.write(ended.json());
            target.write('\n');
        }
        output.flush();
        errors.flush();
    }

    @Override
    public void close() throws IOException {
        output.flush();
        if (errors != output) {
            errors.close();
        }
    }
}
