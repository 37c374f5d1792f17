package dev.sluice.front;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tokens of an identity provider (RFC 7519, {@code rest.jwt-*}) beside the keys of the configuration: signed with an
 * asymmetric key of its JWKS, for our audience, by our issuer, and not expired (60 s of skew are allowed). The claims
 * {@code sub} and {@code tenant} say who calls.
 *
 * <p>Keys behind a URL are {@link IssuerKeys}. Thread-safe.
 */
final class JwtCredentials implements Credentials {
    private static final Set<JWSAlgorithm> ALGORITHMS = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.PS384,
            JWSAlgorithm.PS512,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512);
    private static final int LONGEST_NAME = 128;

    /** Before its name, so that nobody's {@code sub} is the name of a key of the configuration. */
    private static final String NAMED = "jwt:";

    private final ApiKeys keys;
    private final DefaultJWTProcessor<SecurityContext> tokens = new DefaultJWTProcessor<>();

    /**
     * @param jwks URL or file of the provider's keys ({@code rest.jwt-jwks})
     * @throws IllegalArgumentException if something is missing, or the file cannot be read
     */
    JwtCredentials(ApiKeys keys, String jwks, String issuer, String audience) {
        if (issuer.isBlank() || audience.isBlank()) {
            throw new IllegalArgumentException(
                    "rest.jwt-jwks is set: rest.jwt-issuer and rest.jwt-audience must say whose tokens are good, and for whom");
        }
        this.keys = keys;
        tokens.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(
                JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null)); // RFC 9068
        tokens.setJWSKeySelector(new JWSVerificationKeySelector<>(new HashSet<>(ALGORITHMS), source(jwks)));
        tokens.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
                audience, new JWTClaimsSet.Builder().issuer(issuer).build(), Set.of("exp", "sub")));
    }

    @Override
    public Optional<Caller> callerOf(@Nullable String key) {
        if (key == null) {
            return Optional.empty();
        }
        return isToken(key) ? callerOfToken(key) : keys.callerOf(key);
    }

    @Override
    public boolean letAnybodyIn() {
        return false;
    }

    /** The keys of the provider may have to be fetched. */
    @Override
    public boolean mayBlock(String key) {
        return isToken(key);
    }

    private Optional<Caller> callerOfToken(String token) {
        try {
            JWTClaimsSet claims = tokens.process(token, null);
            String tenant = claims.getClaim("tenant") instanceof String name ? name : "";
            return Optional.of(new Caller(
                    NAMED + shortened(String.valueOf(claims.getSubject())), shortened(tenant), 1, List.of()));
        } catch (KeySourceException e) {
            throw new IllegalStateException("the keys of the issuer cannot be read", e);
        } catch (ParseException | BadJOSEException | JOSEException e) {
            return Optional.empty();
        }
    }

    private static boolean isToken(String key) {
        return key.startsWith("eyJ") && key.chars().filter(c -> c == '.').count() == 2;
    }

    /** It goes into log lines; what had to be changed is told apart by its digest. */
    private static String shortened(String name) {
        String plain = name.replaceAll("[\\s\\p{Cntrl}]+", "_");
        return plain.equals(name) && plain.length() <= LONGEST_NAME
                ? plain
                : plain.substring(0, Math.min(plain.length(), LONGEST_NAME))
                        + '~'
                        + HexFormat.of().formatHex(ApiKeys.sha256(name), 0, 8);
    }

    private static JWKSource<SecurityContext> source(String jwks) {
        try {
            return jwks.matches("https?://.*")
                    ? new IssuerKeys(URI.create(jwks).toURL())
                    : new ImmutableJWKSet<>(JWKSet.load(Path.of(jwks).toFile()));
        } catch (IOException | ParseException e) {
            throw new IllegalArgumentException(
                    "rest.jwt-jwks=%s cannot be read (%s); name the URL or the file of a JWKS".formatted(jwks, e));
        }
    }
}
