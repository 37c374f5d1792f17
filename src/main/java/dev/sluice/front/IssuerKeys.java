package dev.sluice.front;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.jwk.source.URLBasedJWKSetSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import java.io.IOException;
import java.net.URL;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys of an identity provider behind a URL: kept for five minutes, and for longer while they cannot be read; a token with a
 * key that is not among them makes them be read again, twice in half a minute at most. Whether such a key is one of the
 * provider's cannot be told while the provider is away, which is a {@link KeySourceException}. Thread-safe.
 */
final class IssuerKeys implements JWKSource<SecurityContext> {
    private static final int FETCH_WITHIN_MS = 3_000;
    private static final int LONGEST_JWKS = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(IssuerKeys.class);

    private final JWKSource<SecurityContext> kept;
    private volatile boolean away;

    IssuerKeys(URL jwks) {
        this.kept = JWKSourceBuilder.create(new Watched(new URLBasedJWKSetSource<>(
                        jwks, new DefaultResourceRetriever(FETCH_WITHIN_MS, FETCH_WITHIN_MS, LONGEST_JWKS))))
                .retrying(true)
                .outageTolerant(true)
                .build();
    }

    @Override
    public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context) throws KeySourceException {
        List<JWK> keys;
        try {
            keys = kept.get(selector, context);
        } catch (RateLimitReachedException e) { // they were asked for a moment ago
            keys = List.of();
        }
        if (keys.isEmpty() && away) {
            throw new KeySourceException("it is none of the keys that were known when the issuer was last reached");
        }
        return keys;
    }

    /** The provider itself, of whom is remembered whether it could be reached. */
    private final class Watched implements JWKSetSource<SecurityContext> {
        private final JWKSetSource<SecurityContext> issuer;

        Watched(JWKSetSource<SecurityContext> issuer) {
            this.issuer = issuer;
        }

        @Override
        public JWKSet getJWKSet(JWKSetCacheRefreshEvaluator evaluator, long now, @Nullable SecurityContext context)
                throws KeySourceException {
            try {
                JWKSet keys = issuer.getJWKSet(evaluator, now, context);
                reached();
                return keys;
            } catch (KeySourceException e) {
                notReached(e);
                throw e;
            }
        }

        @Override
        public void close() throws IOException {
            issuer.close();
        }
    }

    private void reached() {
        if (away) {
            away = false;
            LOG.info("jwt keys of the issuer are back");
        }
    }

    private void notReached(KeySourceException e) {
        if (!away) {
            away = true;
            LOG.warn(
                    "jwt keys of the issuer cannot be read: {}; tokens of keys that are not known get 503 until they can, see rest.jwt-jwks",
                    e.getMessage());
        }
    }
}
