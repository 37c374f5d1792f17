package dev.sluice;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.admit.RedisLink;
import dev.sluice.check.Directories;
import dev.sluice.progress.Progress;
import dev.sluice.progress.SharedProgress;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.camel.impl.DefaultCamelContext;
import org.redisson.client.RedisException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice progress}: what all nodes that share a Redis have done together; docs/scale.md. */
@Command(
        name = "progress",
        mixinStandardHelpOptions = true,
        description = "Shows what all nodes that share a Redis have done, by job and by node.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:shown", "1:Redis does not answer", "2:bad usage or configuration"})
final class ProgressCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Mixin
    private final Directories directories;

    @Option(names = "--json", description = "A JSON object for each job, one a line.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    private final Clock clock = Clock.systemUTC();

    ProgressCommand(Directories directories) {
        this.directories = directories;
    }

    @Override
    public Integer call() throws IOException {
        RunCommand.require(spec, "--config", directories.config());
        String redis = RunCommand.settings(directories.config(), Map.of()).text("redis.url");
        if (redis.isEmpty()) {
            throw Settings.wrong(
                    "redis.url", "", "the Redis that the nodes share: only there is it known what all have done");
        }
        List<Progress> all = all(redis);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            all.forEach(progress -> out.println(json(progress)));
        } else if (all.isEmpty()) {
            out.println("nothing yet; what a node has done is told every second");
        } else {
            out.printf("%12s %10s %12s %7s  %s%n", "answered", "failed", "total", "silent", "job");
            all.forEach(progress -> print(progress, out));
        }
        out.flush();
        return 0;
    }

    private List<Progress> all(String redis) throws IOException {
        try (RedisLink link = RedisLink.open(redis);
                DefaultCamelContext camel = new DefaultCamelContext()) {
            if (link.client(PATIENCE).isEmpty()) {
                throw new IOException("redis.url cannot be reached; start Redis, or correct the URL");
            }
            return new SharedProgress(link::client).all(camel, clock.millis());
        } catch (RedisException e) {
            throw new IOException("Redis did not answer (%s); try again".formatted(e.getMessage()), e);
        }
    }

    private void print(Progress progress, PrintWriter out) {
        out.printf(
                Locale.ROOT,
                "%12d %10d %12s %6ds  %s%s%n",
                progress.answered(),
                progress.failed(),
                progress.total() == Progress.ENDLESS ? "-" : Long.toString(progress.total()),
                Math.max(0, (clock.millis() - progress.at()) / 1000),
                progress.job(),
                nodes(progress));
    }

    private static String nodes(Progress progress) {
        String nodes = progress.byNode().entrySet().stream()
                .map(node -> "%s=%d"
                        .formatted(
                                node.getKey(),
                                node.getValue().answered() + node.getValue().failed()))
                .collect(Collectors.joining(" "));
        return nodes.isEmpty() ? "" : "  by " + nodes;
    }

    private static ObjectNode json(Progress progress) {
        ObjectNode json = JSON.createObjectNode()
                .put("job", progress.job())
                .put("answered", progress.answered())
                .put("failed", progress.failed());
        if (progress.total() == Progress.ENDLESS) {
            json.putNull("total");
        } else {
            json.put("total", progress.total());
        }
        json.put("updated_at", Instant.ofEpochMilli(progress.at()).toString());
        ObjectNode nodes = json.putObject("nodes");
        progress.byNode()
                .forEach((node, part) ->
                        nodes.putObject(node).put("answered", part.answered()).put("failed", part.failed()));
        return json;
    }
}
