package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.batch.DryRun;
import dev.sluice.batch.Use;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DryRunReportTest {

    @ParameterizedTest(name = "json: {0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            false | `  no price for m-large`
            true  | `"unpriced":["m-large"]`
            """)
    void saysWhichModelsHaveNoPrice(boolean json, String said) {
        StringWriter out = new StringWriter();

        DryRunReport.print(
                new DryRun(3, Map.of(), new Use(10, 20, 0), Set.of("m-large")), 60, 1000, json, new PrintWriter(out));

        assertThat(out.toString()).contains(said);
    }
}
