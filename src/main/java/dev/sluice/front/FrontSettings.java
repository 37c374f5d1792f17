package dev.sluice.front;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the front listens at and what it puts up with ({@code rest.*}).
 *
 * @param port 0: any free one
 * @param keys see {@link ApiKeys}; empty: none
 * @param jwt whose tokens open too; null: nobody's
 * @param maxBodyBytes the longest body of a request
 * @param maxHeaderBytes the longest head of a request
 * @param maxConnections more are closed at once
 * @param requestTimeout until a request that has begun must have come whole
 * @param idleTimeout how long a connection may wait for its next request
 * @param maxWait how long a request waits for a place here, and then for its slot in the limit
 * @param maxInHand requests that are worked on at once
 * @param maxWaiting requests that wait until they are
 * @param origins pages that a browser may call from, {@code *} for all; empty: none but our own
 * @param tls where certificate and key are; null: no TLS
 */
public record FrontSettings(
        String host,
        int port,
        String keys,
        @Nullable Jwt jwt,
        int maxBodyBytes,
        int maxHeaderBytes,
        int maxConnections,
        Duration requestTimeout,
        Duration idleTimeout,
        Duration maxWait,
        int maxInHand,
        int maxWaiting,
        List<String> origins,
        @Nullable Tls tls) {

    /** Two files in PEM. */
    public record Tls(Path certificate, Path key) {}

    /**
     * An identity provider.
     *
     * @param jwks URL or file of its keys
     */
    public record Jwt(String jwks, String issuer, String audience) {}

    public FrontSettings {
        origins = List.copyOf(origins);
    }

    @Override
    public String toString() {
        return "%s:%d".formatted(host, port); // never a key
    }

    /** Whether only this machine can reach it. */
    public boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
