package dev.sluice;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** A port that Sluice is about to listen at. What is started on it may go on without; Sluice does not. */
final class FreePort {

    private FreePort() {}

    /**
     * A port that can be listened at: the given one, or a free one for 0.
     *
     * @param prefix of the settings that name it, for example {@code manage}
     */
    static int of(String prefix, String host, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(host, port));
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(new BindException(
                    "%s.port=%d of %s.host=%s cannot be had (%s); stop what listens there, or set another port as %s_PORT"
                            .formatted(prefix, port, prefix, host, e.getMessage(), prefix.toUpperCase())));
        }
    }
}
