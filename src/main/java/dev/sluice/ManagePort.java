package dev.sluice;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** The port of health and metrics. Camel goes on without them if it cannot be had; Sluice does not. */
final class ManagePort {

    private ManagePort() {}

    /** A port that can be listened at: the given one, or a free one for 0. */
    static int available(String host, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(host, port));
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(new BindException(
                    "manage.port=%d of manage.host=%s cannot be had (%s); stop what listens there, or set another port as MANAGE_PORT"
                            .formatted(port, host, e.getMessage())));
        }
    }
}
