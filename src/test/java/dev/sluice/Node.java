package dev.sluice;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import org.apache.camel.CamelContext;
import org.apache.camel.main.Main;

/** Sluice inside the test: the shipped routes and configuration, real folders, a real Redis, no fixed port. */
final class Node implements AutoCloseable {
    /** One for all: its executable is written once, and its server keeps nothing. */
    static final Path REDIS = Path.of("target", "redis").toAbsolutePath();

    private final Main main;
    private final Path data;

    private Node(Main main, Path data) {
        this.main = main;
        this.data = data;
    }

    /** Starts with folders below {@code data}, retries without delay, and these settings on top. */
    static Node start(Path data, Map<String, String> settings) throws Exception {
        return start(Path.of("routes"), data, settings);
    }

    static Node start(Path routes, Path data, Map<String, String> settings) throws Exception {
        return start(routes, data, settings, Beans::new);
    }

    /** With beans of its own. */
    static Node start(
            Path routes, Path data, Map<String, String> settings, BiFunction<Path, Map<String, String>, Beans> beans)
            throws Exception {
        Map<String, String> all = new HashMap<>(Map.of(
                "folder.inbox",
                data.resolve("inbox").toString(),
                "folder.outbox",
                data.resolve("outbox").toString(),
                "folder.failed",
                data.resolve("failed").toString(),
                "folder.done",
                data.resolve("done").toString(),
                "folder.quiet-ms",
                "0",
                "folder.poll-ms",
                "20",
                "redis.folder",
                REDIS.toString(),
                "retry.base-ms",
                "1",
                "sandbox.latency-ms",
                "1",
                "manage.port",
                "0"));
        for (String batches : new String[] {"inbox", "outbox", "done", "failed", "state", "api"}) {
            all.put("batch." + batches, data.resolve("batches").resolve(batches).toString());
        }
        all.put("intakes", "folder,batch");
        all.put("jms.port", "0");
        all.put("jms.folder", data.resolve("broker").toString());
        all.put("rest.port", "0");
        all.put("limit.requests-per-minute", "1000000");
        all.put("limit.tokens-per-minute", "1000000000");
        all.put("outage.after-failures", "0"); // single messages fail here as they please
        all.putAll(settings);
        Files.createDirectories(data.resolve("inbox")); // not a first run: no examples
        Main main = RunCommand.main(routes, Path.of("config"), beans.apply(routes, all));
        main.start();
        return new Node(main, data);
    }

    /** Base URL of the sandbox. */
    String sandbox() {
        return camel().resolvePropertyPlaceholders("{{upstream.url}}");
    }

    /** Base URL of health and metrics. */
    String manage() {
        return "http://127.0.0.1:" + camel().resolvePropertyPlaceholders("{{manage.port}}");
    }

    /** Base URL of the front. */
    String rest() {
        return "http://127.0.0.1:" + camel().resolvePropertyPlaceholders("{{rest.port}}") + "/v1";
    }

    CamelContext camel() {
        return main.getCamelContext();
    }

    /** Drops a message whole, as a careful sender would. */
    void drop(String name, String content) throws IOException {
        Path file = inbox(name);
        Files.createDirectories(file.getParent());
        Path part = file.resolveSibling(file.getFileName() + ".tmp");
        Files.writeString(part, content);
        Files.move(part, file);
    }

    Path inbox(String name) {
        return data.resolve("inbox").resolve(name);
    }

    Path outbox(String name) {
        return data.resolve("outbox").resolve(name);
    }

    Path failed(String name) {
        return data.resolve("failed").resolve(name);
    }

    Path done(String name) {
        return data.resolve("done").resolve(name);
    }

    @Override
    public void close() {
        main.stop();
        main.getMainListeners().forEach(listener -> listener.afterStop(main)); // only run() does that by itself
    }
}
