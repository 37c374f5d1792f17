package dev.sluice.check;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.tooling.model.ComponentModel;
import org.apache.camel.tooling.model.JsonMapper;

/** The Camel components on the classpath, and what their jars tell about their options. Nothing is started. */
final class Components {
    private static final String SERVICES = "META-INF/services/org/apache/camel/";

    private final ClassLoader classes;
    private final Map<String, Optional<ComponentModel>> models = new HashMap<>();
    private final Set<String> schemes;

    Components(ClassLoader classes) {
        this.classes = classes;
        this.schemes = schemes(classes);
    }

    boolean has(String scheme) {
        return schemes.contains(scheme) || classes.getResource(SERVICES + "component/" + scheme) != null;
    }

    Set<String> schemes() {
        return schemes;
    }

    /** The description of a component; empty if its jar has none. */
    Optional<ComponentModel> model(String scheme) {
        return models.computeIfAbsent(scheme, name -> json(name).map(text -> JsonMapper.generateComponentModel(text)));
    }

    /** The JSON that describes a component stands in the folder of its class. */
    Optional<String> json(String scheme) {
        return load(SERVICES + "component/" + scheme)
                .map(service -> service.getProperty("class", ""))
                .filter(name -> name.contains("."))
                .map(name -> name.substring(0, name.lastIndexOf('.')).replace('.', '/'))
                .flatMap(folder -> read("META-INF/" + folder + "/" + scheme + ".json"));
    }

    private static Set<String> schemes(ClassLoader classes) {
        Set<String> schemes = new TreeSet<>();
        try {
            for (URL url : Collections.list(classes.getResources(SERVICES + "component.properties"))) {
                try (InputStream in = url.openStream()) {
                    Properties properties = new Properties();
                    properties.load(in);
                    schemes.addAll(
                            List.of(properties.getProperty("components", "").split("\\s+")));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        schemes.remove("");
        return schemes;
    }

    private Optional<Properties> load(String resource) {
        return read(resource).map(text -> {
            Properties properties = new Properties();
            text.lines()
                    .map(line -> line.split("=", 2))
                    .filter(pair -> pair.length == 2)
                    .forEach(pair -> properties.setProperty(pair[0].strip(), pair[1].strip()));
            return properties;
        });
    }

    private Optional<String> read(String resource) {
        try (InputStream in = classes.getResourceAsStream(resource)) {
            return in == null ? Optional.empty() : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
