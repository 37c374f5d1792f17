package dev.sluice;

import org.apache.camel.Ordered;
import org.apache.camel.component.properties.PropertiesComponent;
import org.apache.camel.spi.PropertiesSource;
import org.apache.camel.util.IOHelper;
import org.jspecify.annotations.Nullable;

/**
 * Settings from environment variables, then from system properties of the JVM, before those from files. An empty one is
 * as good as none: tools that pass a variable on, as compose files do, pass it on empty when it is not set.
 *
 * <p>It takes the place of Camel's own lookup, which lets an empty variable win over everything.
 */
final class Environment implements PropertiesSource, Ordered {

    static void replaceCamels(PropertiesComponent properties) {
        properties.setEnvironmentVariableMode(PropertiesComponent.ENVIRONMENT_VARIABLES_MODE_NEVER);
        properties.setSystemPropertiesMode(PropertiesComponent.SYSTEM_PROPERTIES_MODE_NEVER);
        properties.addPropertiesSource(new Environment());
    }

    @Override
    public String getName() {
        return "environment";
    }

    @Override
    public @Nullable String getProperty(String key) {
        String variable = unlessEmpty(IOHelper.lookupEnvironmentVariable(key));
        return variable == null ? unlessEmpty(System.getProperty(key)) : variable;
    }

    @Override
    public int getOrder() {
        return HIGHEST;
    }

    private static @Nullable String unlessEmpty(@Nullable String value) {
        return value == null || value.isBlank() ? null : value;
    }
}
