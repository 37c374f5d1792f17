package dev.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command line of the benchmark; docs/benchmarks.md tells how to run it. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures the distribution in target/sluice, as processes of its own; see docs/benchmarks.md.")
public final class Bench implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** What can be measured. */
    enum Name {
        THROUGHPUT,
        LIMIT,
        HIDDEN,
        LOOPS,
        SIMULATE,
        BACKLOG,
        STARTS,
        DECISIONS,
        RACE,
        PLOTS,
        BATCH,
        BATCH_LIMIT,
        BATCH_RESUME,
        STREAMS,
        PARSE,
        FRONT,
        CONNECTIONS,
        JMS,
        JMS_BACKLOG;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @Parameters(paramLabel = "SCENARIO", description = "${COMPLETION-CANDIDATES}; all of them if none is named.")
    private List<Name> names = List.of(Name.values());

    @Option(
            names = "--files",
            defaultValue = "5000",
            description = "Messages a run of throughput, limit and hidden, lines of batch-limit (5000).")
    private int files;

    @Option(names = "--plots", defaultValue = "docs", description = "Where plots draws its PNGs (docs).")
    private Path plots = Path.of("docs");

    @Option(names = "--cases", defaultValue = "", description = "Of loops, those whose name has a match of this (all).")
    private String cases = "";

    @Option(
            names = "--rounds",
            defaultValue = "2",
            description = "Runs of each contender in throughput, batch, front and jms, of batch-resume (2).")
    private int rounds;

    @Option(names = "--backlog", defaultValue = "100000", description = "Messages of backlog (100000).")
    private int backlog;

    @Option(names = "--waiting", defaultValue = "1000000", description = "Requests of jms-backlog (1000000).")
    private int waiting;

    @Option(names = "--lines", defaultValue = "20000", description = "Lines a run of batch and batch-resume (20000).")
    private int lines;

    @Option(
            names = "--requests",
            defaultValue = "50000",
            description = "Requests a run of front, and a fifth of them of jms (50000).")
    private int requests;

    @Option(names = "--starts", defaultValue = "20", description = "How often starts starts it (20).")
    private int starts;

    @Option(
            names = "--streams",
            defaultValue = Streams.LOADS,
            description = "Loads of streams: streams x rounds x chunks x ms between chunks x ms over which they begin ("
                    + Streams.LOADS + ").")
    private String streams = Streams.LOADS;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the figures there, too.")
    private @Nullable Path json;

    @Option(names = "--sluice", defaultValue = "target/sluice", description = "The distribution (target/sluice).")
    private Path sluice = Path.of("target", "sluice");

    @Option(names = "--java-opts", defaultValue = "", description = "More JVM options for every process.")
    private String javaOptions = "";

    private Bench() {}

    /** Exits with 1 when something could not be measured, 2 on bad usage. */
    public static void main(String[] args) {
        int code = new CommandLine(new Bench())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    if (!(failure instanceof BenchException)) {
                        throw failure;
                    }
                    command.getErr().println("bench: " + failure.getMessage());
                    return 1;
                })
                .execute(args);
        if (code != 0) {
            System.exit(code);
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Map<String, Object> results = new LinkedHashMap<>(Map.of("machine", Machine.describe()));
        System.out.println(Machine.describe());
        Path root = Path.of("target", "bench", Long.toString(System.currentTimeMillis()));
        try (Lab lab = new Lab(sluice, root, javaOptions)) {
            for (Name name : names) {
                Figures figures = scenario(name).measure(lab);
                System.out.printf("%n%s%n%s", name.toString(), figures);
                results.put(name.toString(), figures.rows());
                if (json != null) {
                    JSON.writeValue(json.toFile(), results);
                }
            }
            lab.close();
            lab.delete(lab.root()); // kept after a failure, for its logs
        }
        return 0;
    }

    private Scenario scenario(Name name) {
        return switch (name) {
            case THROUGHPUT -> new Throughput(files, rounds);
            case LIMIT -> new LimitUse(files);
            case HIDDEN -> new HiddenLimit(files);
            case LOOPS -> new Loops(Pattern.compile(cases));
            case SIMULATE -> new Simulate();
            case BACKLOG -> new Backlog(backlog);
            case STARTS -> new Starts(starts);
            case DECISIONS -> new Decisions();
            case RACE -> new Races();
            case PLOTS -> new Plots(plots);
            case BATCH -> new BatchLines(lines, rounds);
            case BATCH_LIMIT -> new BatchLimit(files);
            case BATCH_RESUME -> new BatchResume(lines, rounds);
            case STREAMS -> new Streams(streams);
            case FRONT -> new FrontLoad(requests, rounds);
            case CONNECTIONS -> new Connections();
            case PARSE -> new Parse();
            case JMS -> new Jms(requests / 5, rounds);
            case JMS_BACKLOG -> new JmsBacklog(waiting);
        };
    }
}
