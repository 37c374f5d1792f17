package dev.sluice.check;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Each class that a route names is on the classpath: the type of a bean, {@code #class:…}, and the exceptions of
 * {@code onException} and {@code doCatch}. Classes are looked up, not initialised.
 */
final class ClassCheck implements Check {
    private static final Pattern NAME =
            Pattern.compile("(?:#class:)?([A-Za-z_][\\w$]*(?:\\.[A-Za-z_][\\w$]*)+)(?:[(#].*)?");

    @Override
    public void run(Bundle bundle, Findings findings) {
        for (RouteFile file : bundle.files()) {
            for (RouteFile.Scalar scalar : file.scalars()) {
                name(scalar)
                        .filter(name -> !exists(name))
                        .ifPresent(name -> findings.problem(
                                file.path(), scalar.node(), problem(name), "correct the name, or add its jar to lib/"));
            }
        }
        for (Configuration.Property property : bundle.configuration().properties()) {
            Optional.of(property.value().strip())
                    .filter(value -> value.startsWith("#class:"))
                    .flatMap(ClassCheck::named)
                    .filter(name -> !exists(name))
                    .ifPresent(name -> findings.add(new Finding(
                            Kind.PROBLEM,
                            bundle.configuration().file(),
                            property.line(),
                            0,
                            problem(name),
                            "correct the name, or add its jar to lib/")));
        }
    }

    private static Optional<String> name(RouteFile.Scalar scalar) {
        Keys keys = scalar.keys();
        boolean type = keys.last().equals("type") && keys.parent().equals("beans");
        boolean exception = keys.last().equals("exception") && !keys.free();
        boolean named = scalar.text().startsWith("#class:");
        return type || exception || named ? named(scalar.text().strip()) : Optional.empty();
    }

    /** Empty if the value is no name of a class, but for example a placeholder. */
    private static Optional<String> named(String value) {
        Matcher matcher = NAME.matcher(value);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private static boolean exists(String name) {
        try {
            Class.forName(name, false, ClassCheck.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    private static String problem(String name) {
        return "there is no class '" + name + "'";
    }
}
