package dev.sluice.doctor;

import dev.sluice.intake.Diagnosis;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** The way to a server: its name, a connection, TLS. */
final class Way {
    private static final int SOON_DAYS = 14;

    private final String host;
    private final int port;
    private final boolean tls;
    private final Duration patience;

    private Way(String host, int port, boolean tls, Duration patience) {
        this.host = host;
        this.port = port;
        this.tls = tls;
        this.patience = patience;
    }

    /** @param patience for each step, in which a connection must be there */
    static Way to(URI url, Duration patience) {
        boolean tls = "https".equals(url.getScheme());
        int port = url.getPort() >= 0 ? url.getPort() : tls ? 443 : 80;
        return new Way(String.valueOf(url.getHost()), port, tls, patience);
    }

    static Way to(String host, int port, Duration patience) {
        return new Way(host, port, false, patience);
    }

    Finding dns() {
        try {
            List<String> addresses = Arrays.stream(InetAddress.getAllByName(host))
                    .map(InetAddress::getHostAddress)
                    .collect(Collectors.toList());
            return Finding.ok("dns", "%s is %s".formatted(host, String.join(", ", addresses)));
        } catch (UnknownHostException e) {
            return Finding.fail(
                    "dns",
                    host + " has no address",
                    "correct the name in upstream.url; if it is right, look for the fault in the network or its DNS server");
        }
    }

    Finding connect() {
        long begun = System.nanoTime();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), (int) patience.toMillis());
            return Finding.ok("connect", "%s:%d in %d ms".formatted(host, port, millisSince(begun)));
        } catch (IOException e) {
            return Finding.fail(
                    "connect",
                    "%s:%d: %s".formatted(host, port, e.getMessage()),
                    "correct the host or the port, start the server, or have the firewall in between opened");
        }
    }

    Finding tls() {
        if (!tls) {
            return Finding.skip("tls", "the URL says http: keys and prompts cross the network in the clear");
        }
        try (Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(host, port), (int) patience.toMillis());
            plain.setSoTimeout((int) patience.toMillis());
            SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
            try (SSLSocket socket = (SSLSocket) factory.createSocket(plain, host, port, true)) {
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                socket.setSSLParameters(parameters);
                socket.startHandshake();
                return ofCertificate(socket.getSession().getProtocol(), (X509Certificate)
                        socket.getSession().getPeerCertificates()[0]);
            }
        } catch (IOException e) {
            return Finding.fail("tls", String.valueOf(e.getMessage()), Diagnosis.TLS.nextStep());
        }
    }

    private static Finding ofCertificate(String protocol, X509Certificate certificate) {
        Instant end = certificate.getNotAfter().toInstant();
        long days = Instant.now().until(end, ChronoUnit.DAYS);
        String found = "%s, certificate until %s".formatted(protocol, end);
        return days < SOON_DAYS
                ? Finding.warn("tls", found, "the certificate ends in %d days: have it renewed".formatted(days))
                : Finding.ok("tls", found);
    }

    static long millisSince(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos).toMillis();
    }
}
