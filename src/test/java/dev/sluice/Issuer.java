package dev.sluice;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.atomic.AtomicInteger;

/** An identity provider: it signs tokens, and tells its public keys over HTTP. */
public final class Issuer implements AutoCloseable {
    public static final String NAME = "https://issuer.example";
    public static final String AUDIENCE = "sluice";

    private final HttpServer server;
    private final AtomicInteger asked = new AtomicInteger();
    private volatile RSAKey key;
    private volatile boolean away;

    public Issuer() throws IOException, JOSEException {
        key = new RSAKeyGenerator(2048).keyID("1").generate();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/jwks", this::tell);
        server.start();
    }

    /** Where its keys are. */
    public String jwks() {
        return "http://127.0.0.1:%d/jwks".formatted(server.getAddress().getPort());
    }

    /** How often it was asked for them. */
    public int asked() {
        return asked.get();
    }

    /** From now on it has another key, and no longer the one before. */
    public void rotate(String keyId) throws JOSEException {
        key = new RSAKeyGenerator(2048).keyID(keyId).generate();
    }

    /** Whether it fails to tell its keys. */
    public void goAway(boolean gone) {
        away = gone;
    }

    /** A good token of ten minutes. */
    public String token(String subject) throws JOSEException {
        return token("JWT", subject);
    }

    public String token(String type, String subject) throws JOSEException {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                        .type(new JOSEObjectType(type))
                        .keyID(key.getKeyID())
                        .build(),
                new JWTClaimsSet.Builder()
                        .subject(subject)
                        .issuer(NAME)
                        .audience(AUDIENCE)
                        .expirationTime(Date.from(Instant.now().plusSeconds(600)))
                        .build());
        token.sign(new RSASSASigner(key));
        return token.serialize();
    }

    private void tell(HttpExchange exchange) throws IOException {
        asked.incrementAndGet();
        byte[] keys = new JWKSet(key.toPublicJWK()).toString().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(away ? 500 : 200, away ? -1 : keys.length);
        if (!away) {
            exchange.getResponseBody().write(keys);
        }
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
