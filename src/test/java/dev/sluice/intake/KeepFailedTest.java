package dev.sluice.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a failed message is kept as, so that it is sent again as what it was. */
class KeepFailedTest {
    @TempDir
    Path data;

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "a body,                   '{\"model\":\"m\"}',         1.json",
        "a body after white space, '\n  {\"model\":\"m\"}',     1.json",
        "a body after a mark,      '\uFEFF{\"model\":\"m\"}',   1.json",
        "a prompt,                 'What is {this}?',           1.txt",
        "nothing,                  '',                          1.txt",
    })
    void keepsItUnderTheNameOfItsKind(String what, String body, String name) throws Exception {
        FolderSettings folder = new FolderSettings(
                data.resolve("inbox"),
                data.resolve("outbox"),
                data.resolve("failed"),
                data.resolve("done"),
                FolderSettings.Answer.JSON,
                1000,
                Duration.ZERO);
        Clock clock = Clock.systemUTC();
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            Exchange exchange = new DefaultExchange(camel);
            exchange.setProperty(Exchange.EXCEPTION_CAUGHT, new InvalidMessageException("wrong", "it is wrong"));
            exchange.getMessage().setHeader(Request.ID_HEADER, "1");
            exchange.getMessage().setBody(body.getBytes(StandardCharsets.UTF_8));

            new KeepFailed(folder, new Tally(new SimpleMeterRegistry(), clock, ""), clock).process(exchange);
        }

        assertThat(data.resolve("failed/null").resolve(name)).hasContent(body);
    }
}
