package dev.sluice.jms;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
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
    private static final int PATIENCE_MS = 2_000;

    /** Whether the broker is a part of this process. */
    public boolean embedded() {
        return url.isEmpty();
    }

    /** Where the embedded broker is reached from other processes. */
    String socket() {
        return "tcp://%s:%d".formatted(host, port);
    }

    /** Whether somebody listens there: the Sluice that the embedded broker belongs to, as a rule. */
    public boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), PATIENCE_MS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** The embedded broker on a port that is free. */
    public BrokerSettings on(int free) {
        return new BrokerSettings(url, user, password, folder, host, free);
    }

    /** The same user at another broker. */
    BrokerSettings at(String other) {
        return new BrokerSettings(other, user, password, folder, host, port);
    }

    /** Never the password: settings end in logs. */
    @Override
    public String toString() {
        return embedded()
                ? "embedded tcp://%s:%d folder=%s".formatted(host, port, folder)
                : url.replaceFirst("\\?.*", "");
    }
}
