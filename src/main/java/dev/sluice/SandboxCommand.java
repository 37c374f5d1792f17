package dev.sluice;

import dev.sluice.sandbox.Sandbox;
import dev.sluice.sandbox.SandboxConfig;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice sandbox}: the sandbox upstream as a process of its own. */
@Command(
        name = "sandbox",
        mixinStandardHelpOptions = true,
        description = "Runs only the sandbox upstream, until it is stopped; see docs/sandbox.md.")
final class SandboxCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "KEY=VALUE",
            description = "Settings without their prefix, for example port=8081 requests-per-minute=600 latency-ms=20.")
    private Map<String, String> settings = Map.of();

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        settings.keySet().forEach(SandboxCommand::requireKnown);
        try (Sandbox sandbox = Sandbox.start(SandboxConfig.from(this::value))) {
            spec.commandLine().getOut().println("sandbox listens at " + sandbox.url());
            spec.commandLine().getOut().flush();
            new CountDownLatch(1).await();
        }
        return 0;
    }

    private @Nullable String value(String key) {
        String given = settings.get(key.substring("sandbox.".length()));
        return given != null ? given : new Environment().getProperty(key);
    }

    private static void requireKnown(String name) {
        if (!Defaults.keys().contains("sandbox." + name)) {
            throw new Settings.ConfigurationException(
                    "sandbox has no setting '%s'; docs/sandbox.md lists them".formatted(name));
        }
    }
}
