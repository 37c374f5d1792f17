package dev.sluice;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.sluice.check.Directories;
import dev.sluice.doctor.Finding;
import dev.sluice.doctor.Finding.State;
import dev.sluice.doctor.HereChecks;
import dev.sluice.doctor.UpstreamChecks;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.Column.Overflow;
import picocli.CommandLine.Help.TextTable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice doctor}: what a person would look at when calls fail, as a table with remedies. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description =
                "Checks the upstream (DNS, connection, TLS, key, a call of one token, clock), Redis, broker, folders.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:all well, or warnings only", "1:something does not work", "2:bad usage or configuration"})
final class DoctorCommand implements Callable<Integer> {
    private static final int CHECK_WIDTH = 13;
    private static final int STATE_WIDTH = 6;
    private static final List<String> FOLDERS = List.of(
            "folder.inbox",
            "folder.outbox",
            "folder.failed",
            "folder.done",
            "batch.inbox",
            "batch.outbox",
            "batch.done",
            "batch.failed",
            "batch.state",
            "batch.api",
            "rest.async-folder",
            "rest.idempotency-folder",
            "dispatch.folder",
            "redis.folder");

    @Mixin
    private final Directories directories;

    @Option(names = "--no-call", description = "Make no call: it costs a token or two.")
    private boolean noCall;

    @Option(names = "--json", description = "Tell it as JSON.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // by picocli
    private CommandSpec spec;

    DoctorCommand(Directories directories) {
        this.directories = directories;
    }

    @Override
    public Integer call() throws Exception {
        RunCommand.require(spec, "--config", directories.config());
        Settings settings = RunCommand.settings(directories.config(), Map.of());
        List<Finding> findings = new ArrayList<>(upstream(settings));
        findings.addAll(HereChecks.redis(settings.text("redis.url")));
        findings.add(broker(settings));
        findings.add(HereChecks.folders(folders(settings)));
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? toJson(findings) : toTable(findings));
        out.flush();
        return findings.stream().anyMatch(finding -> finding.state() == State.FAIL) ? 1 : 0;
    }

    private List<Finding> upstream(Settings settings) throws InterruptedException {
        String url = settings.text("upstream.url");
        if (url.isEmpty()) {
            return List.of(new Finding(
                    "upstream",
                    State.SKIP,
                    "the sandbox, which needs no network and no key",
                    "for a real API set UPSTREAM_URL=https://…/v1 and OPENAI_API_KEY"));
        }
        return new UpstreamChecks(
                        URI.create(UpstreamUrl.check(url)),
                        UpstreamKeys.from(settings).text(),
                        settings.text("folder.model"),
                        settings.millis("upstream.connect-timeout-ms", 1),
                        settings.millis("upstream.first-byte-timeout-ms", 1))
                .run(!noCall);
    }

    private static Finding broker(Settings settings) {
        if (!Intakes.chosen(settings.text("intakes")).contains("jms") && !Dispatch.isByQueue(settings)) {
            return new Finding("broker", State.SKIP, "the intake jms is not chosen", "");
        }
        return JmsSettings.check(settings)
                .orElseGet(() -> new Finding(
                        "broker",
                        State.SKIP,
                        "it is the bean jmsConnectionFactory's, and its library is there only when Sluice runs",
                        "start Sluice: its health says whether it reaches the broker"));
    }

    private static Map<String, Path> folders(Settings settings) {
        Map<String, Path> folders = new LinkedHashMap<>();
        for (String key : FOLDERS) {
            folders.put(key, settings.path(key));
        }
        if (JmsSettings.broker(settings).embedded()) {
            folders.put("jms.folder", settings.path("jms.folder"));
        }
        return folders;
    }

    private static String toJson(List<Finding> findings) throws JsonProcessingException {
        return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(findings);
    }

    private String toTable(List<Finding> findings) {
        int rest = spec.usageMessage().width() - CHECK_WIDTH - STATE_WIDTH;
        TextTable table = TextTable.forColumns(
                Help.defaultColorScheme(Ansi.OFF),
                new Column(CHECK_WIDTH, 0, Overflow.TRUNCATE),
                new Column(STATE_WIDTH, 0, Overflow.TRUNCATE),
                new Column(rest, 2, Overflow.WRAP));
        for (Finding finding : findings) {
            table.addRowValues(finding.check(), finding.state().name(), finding.found());
            if (!finding.remedy().isEmpty()) {
                table.addRowValues("", "", "→ " + finding.remedy());
            }
        }
        long failed = findings.stream()
                .filter(finding -> finding.state() == State.FAIL)
                .count();
        return table + (failed == 0 ? "all well" : failed + " of " + findings.size() + " checks failed");
    }
}
