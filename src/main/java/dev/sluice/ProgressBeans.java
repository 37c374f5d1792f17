package dev.sluice;

import dev.sluice.intake.FolderSettings;
import dev.sluice.intake.Tally;
import dev.sluice.progress.AddProgress;
import dev.sluice.progress.ProgressSource;
import dev.sluice.progress.SharedProgress;
import dev.sluice.progress.TellProgress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.redisson.api.RedissonClient;

/** The wiring of what nodes tell each other of their jobs. */
final class ProgressBeans {
    private static final String ROUTE = "progress";

    private ProgressBeans() {}

    /** @param redis the client, empty while there is no connection */
    static void bind(Wiring to, FolderSettings folder, Tally tally, Supplier<Optional<RedissonClient>> redis) {
        Settings settings = to.settings();
        if (settings.text("redis.url").isEmpty()) {
            return; // who is alone tells nobody
        }
        to.bind("tellProgress", new TellProgress(node(), to.clock()));
        to.bind("sharedProgress", new SharedProgress(redis));
        to.bind("addProgress", new AddProgress());
        String shared = settings.text("folder.shared");
        Map<String, String> jobs = Map.of(
                "folder", "folder " + (shared.isEmpty() ? folder.inbox().toAbsolutePath() : shared),
                "jms", "queue " + settings.text("jms.request-queue"),
                "rest", "rest");
        source(to.camel(), "messages", () -> messages(jobs, tally));
    }

    /** Somebody else who knows what has been done. */
    static void source(CamelContext camel, String name, ProgressSource source) {
        camel.getRegistry().bind("sluice-done-" + name, ProgressSource.class, source);
    }

    /** Tells now, if it is told at all, what else would be told within a second. */
    static void tell(CamelContext camel) {
        Route route = camel.getRoute(ROUTE);
        if (route != null) {
            camel.createFluentProducerTemplate().to(route.getEndpoint()).send();
        }
    }

    private static List<ProgressSource.Done> messages(Map<String, String> jobs, Tally tally) {
        return jobs.entrySet().stream()
                .map(job -> ProgressSource.Done.here(
                        job.getValue(), tally.answeredOf(job.getKey()), tally.failedOf(job.getKey())))
                .filter(done -> done.answered() + done.failed() > 0)
                .toList();
    }

    /** This machine, and which of the processes that it ever had. */
    private static String node() {
        String process = UUID.randomUUID().toString().substring(0, 4);
        try {
            return InetAddress.getLocalHost().getHostName() + "-" + process;
        } catch (UnknownHostException e) { // its name is not in its own network
            return "node-" + process;
        }
    }
}
