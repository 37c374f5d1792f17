package dev.sluice.jms;

import java.nio.file.Path;

/**
 * Where the broker is ({@code jms.*}).
 *
 * @param url of an Artemis, for example {@code tcp://127.0.0.1:61616}; empty: one is started inside Sluice
 * @param user empty for none
 * @param password empty for none
 * @param folder where the embedded broker keeps its messages
 * @param host where the embedded broker listens for producers and consumers
 * @param port its port; 0 for any free one
 */
public record BrokerSettings(String url, String user, String password, Path folder, String host, int port) {

    /** Whether the broker is a part of this process. */
    public boolean embedded() {
        return url.isEmpty();
    }

    /** Never the password: settings end in logs. */
    @Override
    public String toString() {
        return embedded()
                ? "embedded tcp://%s:%d folder=%s".formatted(host, port, folder)
                : url.replaceFirst("\\?.*", "");
    }
}
