package dev.sluice.check;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Each bean that a route names is bound by the program, declared in {@code beans:} of a file, or by {@code camel.beans.}
 * in the configuration, or in the one that is inside the program. For a pool, its profile
 * ({@code camel.threadpool.config[name]}) will do.
 */
final class BeanCheck implements Check {
    /** Options of steps that name a bean, besides {@code ref} and whatever ends in {@code Ref}. */
    private static final Set<String> REFERENCES = Set.of(
            "aggregateController",
            "aggregationRepository",
            "aggregationStrategy",
            "comparator",
            "executorService",
            "idempotentRepository",
            "logger",
            "onPrepare",
            "predicateExceptionFactory",
            "resumeStrategy",
            "sagaService",
            "timeoutCheckerExecutorService",
            "timeoutExecutorService");

    private static final Pattern DECLARED =
            Pattern.compile("camel\\.(?:beans\\.|threadpool\\.config\\[)([^.\\[\\]]+).*");
    private static final Pattern NAME = Pattern.compile("(?:#bean:|#|bean:)?([A-Za-z_][\\w.-]*)");
    private static final Pattern HASH = Pattern.compile("#(?:bean:)?([A-Za-z_][\\w.-]*)");
    private static final Pattern QUERY = Pattern.compile("[?&][^=&]+=#(?:bean:)?([A-Za-z_][\\w.-]*)(?=&|$)");
    private static final Pattern SIMPLE = Pattern.compile("\\$\\{bean:([A-Za-z_][\\w-]*)(?!:)[.?}]");

    @Override
    public void run(Bundle bundle, Findings findings) {
        Set<String> beans = beans(bundle);
        for (RouteFile file : bundle.files()) {
            file.scalars().forEach(scalar -> check(file, scalar, beans, findings));
            Endpoint.in(file).stream()
                    .filter(endpoint -> endpoint.scheme().equals("bean"))
                    .forEach(endpoint -> endpoint(file, endpoint, beans, findings));
        }
    }

    private static Set<String> beans(Bundle bundle) {
        Set<String> beans = new TreeSet<>(bundle.known().beans());
        for (RouteFile file : bundle.files()) {
            file.scalars().stream()
                    .filter(scalar -> scalar.keys().last().equals("name")
                            && scalar.keys().parent().equals("beans"))
                    .forEach(scalar -> beans.add(scalar.text()));
        }
        for (String key : bundle.keys()) {
            Matcher matcher = DECLARED.matcher(key);
            if (matcher.matches()) {
                beans.add(matcher.group(1));
            }
        }
        return beans;
    }

    private static void check(RouteFile file, RouteFile.Scalar scalar, Set<String> beans, Findings findings) {
        names(scalar)
                .filter(name -> !beans.contains(name))
                .forEach(name -> findings.problem(file.path(), scalar.node(), missing(name), remedy(name, beans)));
    }

    private static Stream<String> names(RouteFile.Scalar scalar) {
        Keys keys = scalar.keys();
        if (keys.free()) {
            return matches(HASH, scalar.text());
        }
        if (names(keys.last())) {
            return Stream.of(scalar.text().split(",")).flatMap(part -> matches(NAME, part.strip()));
        }
        Pattern inside = keys.last().equals("uri") ? QUERY : SIMPLE;
        return inside.matcher(scalar.text()).results().map(result -> result.group(1));
    }

    private static boolean names(String key) {
        return !key.equals("routeTemplateRef")
                && (key.equals("ref") || key.endsWith("Ref") || REFERENCES.contains(key));
    }

    /** A value that is no name at all, such as {@code #class:…} or a placeholder, is not ours to judge. */
    private static Stream<String> matches(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.matches() ? Stream.of(matcher.group(1)) : Stream.empty();
    }

    private static void endpoint(RouteFile file, Endpoint endpoint, Set<String> beans, Findings findings) {
        Endpoint.Parameter parameter = endpoint.parameters().get("beanName");
        String name = endpoint.bare()
                ? parameter == null ? "" : parameter.value()
                : endpoint.address().substring("bean:".length());
        if (NAME.matcher(name).matches() && !beans.contains(name)) {
            findings.problem(file.path(), endpoint.node(), missing(name), remedy(name, beans));
        }
    }

    private static String missing(String name) {
        return "there is no bean '" + name + "'";
    }

    private static String remedy(String name, Set<String> beans) {
        return Nearest.remedy(name, beans, "declare it under '- beans:' or as camel.beans." + name + " = #class:…");
    }
}
