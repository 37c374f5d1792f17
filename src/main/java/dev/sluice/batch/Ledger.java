package dev.sluice.batch;

import dev.sluice.intake.Disk;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Output, errors and the record of what in them is whole: the ledger, a file beside the output.
 *
 * <p>A group of ended lines is appended to output and errors and forced to disk; then a record of it is appended to the
 * ledger and forced. So whatever the ledger says is on disk, and whatever it does not say never happened: when a batch is
 * opened again, both files are cut to the lengths of the last whole record, and the lines beyond are asked for again.
 * There is never half a line in them, nor one twice (docs/adr/0007).
 *
 * <p>Holds the lock on its files until it is closed. Not thread-safe.
 */
final class Ledger implements BatchOutput {
    private static final byte[] MAGIC = "sluice batch ledger 2\n".getBytes(StandardCharsets.US_ASCII);

    private static final int AT_ONCE = 256 * 1024;

    private final BatchFiles files;
    private final LockedFile ledger;
    private final LockedFile output;
    private final LockedFile errors;
    private final LedgerState state = new LedgerState();
    private String id = "";

    private Ledger(BatchFiles files, LockedFile ledger, LockedFile output, LockedFile errors) {
        this.files = files;
        this.ledger = ledger;
        this.output = output;
        this.errors = errors;
    }

    /**
     * Opens the files of a batch, new or begun earlier, and cuts off what a crash left unfinished.
     *
     * @param inputBytes the size of the input
     * @throws BatchRefusedException if they belong to another input or process, or have been changed
     */
    static Ledger open(BatchFiles files, long inputBytes) throws IOException, BatchRefusedException {
        Path folder = files.output().toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        if (!Files.exists(files.ledger())) {
            requireEmpty(files);
        }
        LockedFile ledger = LockedFile.open(files.ledger());
        LockedFile output = null;
        LockedFile errors = null;
        try {
            Header header = Header.of(files, inputBytes);
            output = LockedFile.open(files.output());
            errors = LockedFile.open(files.errors());
            Ledger result = new Ledger(files, ledger, output, errors);
            result.load(header);
            return result;
        } catch (IOException | BatchRefusedException | RuntimeException e) {
            close(ledger, output, errors);
            throw e;
        }
    }

    /**
     * What a ledger is about.
     *
     * @param errors where the errors are, seen from the output, so that both may be moved together
     * @param id of the batch; empty in a ledger of an earlier version
     */
    private record Header(long inputBytes, String errors, String id) {

        static Header of(BatchFiles files, long inputBytes) {
            Path folder = folder(files);
            Path errors = files.errors().toAbsolutePath().normalize();
            boolean reachable = Objects.equals(folder.getRoot(), errors.getRoot());
            return new Header(
                    inputBytes,
                    (reachable ? folder.relativize(errors) : errors).toString(),
                    UUID.randomUUID().toString());
        }

        private static Path folder(BatchFiles files) {
            return Objects.requireNonNull(
                    files.output().toAbsolutePath().normalize().getParent(), "an output is in a folder");
        }

        boolean isWith(Header other, BatchFiles files) {
            return folder(files)
                    .resolve(errors)
                    .normalize()
                    .equals(folder(files).resolve(other.errors).normalize());
        }

        byte[] toBytes() throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeLong(inputBytes);
            out.writeUTF(errors);
            if (!id.isEmpty()) {
                out.writeUTF(id);
            }
            return LedgerRecord.framed(bytes.toByteArray());
        }

        static @Nullable Header read(DataInputStream in) throws IOException {
            byte[] payload = LedgerRecord.unframed(in);
            if (payload == null) {
                return null;
            }
            DataInputStream data = new DataInputStream(new ByteArrayInputStream(payload));
            return new Header(data.readLong(), data.readUTF(), data.available() > 0 ? data.readUTF() : "");
        }
    }

    @Override
    public LedgerState state() {
        return state;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void write(List<Ended> group, Position read, Mark prefix) throws IOException {
        boolean answers = append(output, group, false);
        boolean failures = append(errors, group, true);
        if (answers) {
            output.force();
        }
        if (failures) {
            errors.force();
        }
        List<LedgerRecord.Entry> entries = group.stream()
                .map(ended -> new LedgerRecord.Entry(ended.number(), ended.id(), ended.failed()))
                .toList();
        LedgerRecord done = new LedgerRecord(
                read,
                prefix,
                output.size(),
                errors.size(),
                group.stream().map(Ended::use).reduce(Use.NONE, Use::plus),
                entries);
        ledger.append(done.toBytes());
        ledger.force();
    }

    @Override
    public void close() throws IOException {
        close(ledger, output, errors);
    }

    private void load(Header header) throws IOException, BatchRefusedException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(ledger.content(), 1 << 16));
        byte[] magic = in.readNBytes(MAGIC.length);
        if (!Arrays.equals(magic, Arrays.copyOf(MAGIC, magic.length))) {
            throw new BatchRefusedException(
                    "%s is not a ledger of a batch, or one of another version; move it away or name another --out"
                            .formatted(files.ledger()));
        }
        Header known = Header.read(in);
        if (known == null) {
            requireEmpty(files);
            begin(header);
            id = header.id;
            return;
        }
        check(known, header);
        id = known.id.isEmpty() ? idOf(files.ledger()) : known.id;
        state.expect(ledger.size() / LedgerRecord.BYTES_A_LINE);
        long end = MAGIC.length + (long) known.toBytes().length;
        for (LedgerRecord record = LedgerRecord.read(in); record != null; record = LedgerRecord.read(in)) {
            state.apply(record);
            end += record.size();
        }
        ledger.cut(end);
        output.cut(state.outputBytes());
        errors.cut(state.errorBytes());
    }

    /** For a ledger that has none: no other batch may have the same. */
    private static String idOf(Path ledger) {
        return UUID.nameUUIDFromBytes(ledger.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    private void begin(Header header) throws IOException, BatchRefusedException {
        ledger.cut(0);
        ledger.append(MAGIC);
        ledger.append(header.toBytes());
        ledger.force();
        Disk.forceFolder(files.output().toAbsolutePath().getParent()); // a power cut does not take the new names away
        Disk.forceFolder(files.errors().toAbsolutePath().getParent());
    }

    private void check(Header known, Header now) throws BatchRefusedException {
        if (known.inputBytes != now.inputBytes) {
            throw changed(
                    files, "it had %d bytes when the batch began, now %d".formatted(known.inputBytes, now.inputBytes));
        }
        if (!known.isWith(now, files)) {
            throw new BatchRefusedException("the batch was begun with --errors %s; go on with it, or name another --out"
                    .formatted(known.errors));
        }
    }

    static BatchRefusedException changed(BatchFiles files, String how) {
        return new BatchRefusedException(
                "%s has changed since the batch began: %s; put it back to go on, or name another --out to begin anew"
                        .formatted(files.input(), how));
    }

    private static void requireEmpty(BatchFiles files) throws IOException, BatchRefusedException {
        for (Path file : List.of(files.output(), files.errors())) {
            if (Files.exists(file) && Files.size(file) > 0) {
                throw new BatchRefusedException(
                        "%s exists, but there is no ledger %s that tells what is in it; move it away or name another file"
                                .formatted(file, files.ledger()));
            }
        }
    }

    /** Writes as much at once as is worth it, so that a group of long lines is not in memory twice. */
    private static boolean append(LockedFile file, List<Ended> group, boolean failed) throws IOException {
        boolean any = false;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Ended ended : group) {
            if (ended.failed() == failed) {
                any = true;
                bytes.writeBytes(ended.json());
                bytes.write('\n');
            }
            if (bytes.size() >= AT_ONCE) {
                file.append(bytes.toByteArray());
                bytes.reset();
            }
        }
        file.append(bytes.toByteArray());
        return any;
    }

    private static void close(@Nullable LockedFile... files) throws IOException {
        for (LockedFile file : files) {
            if (file != null) {
                file.close();
            }
        }
    }
}
