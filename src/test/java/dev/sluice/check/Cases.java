package dev.sluice.check;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.DynamicTest;

/** A table of routes, each with what a check must say of it, word for word. */
final class Cases {
    private final Path base;
    private final Stream.Builder<DynamicTest> tests = Stream.builder();

    /** @param base where each case gets a directory of its own */
    Cases(Path base) {
        this.base = base;
    }

    /** @param yaml the file {@code x.camel.yaml} */
    Cases when(String name, String yaml, String... expected) {
        return whenBoth(name, "", yaml, expected);
    }

    /** @param properties the file {@code application.properties} beside the route */
    Cases whenBoth(String name, String properties, String yaml, String... expected) {
        tests.add(DynamicTest.dynamicTest(name, () -> {
            Path directory = Files.createTempDirectory(base, "case");
            CheckedBundle bundle = new CheckedBundle(directory);
            List<String> found =
                    bundle.configuration(properties).file("x.camel.yaml", yaml).findings();
            Assertions.assertThat(found).containsExactly(expected);
        }));
        return this;
    }

    /** A route with these steps, which begin on line 7, and nothing else to find. */
    Cases whenSteps(String name, String steps, String... expected) {
        return when(name, route(steps), expected);
    }

    static String route(String steps) {
        return """
            - route:
                id: r
                description: A route.
                from:
                  uri: timer:t
                  steps:
            """ + steps.indent(8);
    }

    Stream<DynamicTest> tests() {
        return tests.build();
    }
}
