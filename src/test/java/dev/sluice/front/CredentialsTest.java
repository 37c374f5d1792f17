package dev.sluice.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.sluice.Issuer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What opens the door, and for whom. */
class CredentialsTest {
    @TempDir
    Path folder;

    @Test
    void aKeyIsItsCallersAndNoOther() {
        ApiKeys keys = ApiKeys.parse("plain-key, second-key;name=web;tenant=acme;weight=3;models=gpt-4o*|o3, sha256:"
                + HexFormat.of().formatHex(ApiKeys.sha256("hashed-key")));

        assertThat(keys.callerOf("plain-key")).hasValue(new Caller("key-1", "", 1, List.of()));
        Caller web = keys.callerOf("second-key").orElseThrow();
        assertThat(web).isEqualTo(new Caller("web", "acme", 3, List.of("gpt-4o*", "o3")));
        assertThat(web.mayAsk("gpt-4o-mini")).isTrue();
        assertThat(web.mayAsk("o3")).isTrue();
        assertThat(web.mayAsk("o3-mini")).isFalse();
        assertThat(keys.callerOf("hashed-key")).isPresent();
        assertThat(keys.callerOf("sha256:" + HexFormat.of().formatHex(ApiKeys.sha256("hashed-key"))))
                .isEmpty();
        assertThat(keys.callerOf("")).isEmpty();
        assertThat(keys.weights()).containsOnlyKeys("acme").containsValue(3.0);
    }

    @Test
    void keysMayBeLinesOfAFile() throws Exception {
        Path file = Files.writeString(folder.resolve("keys"), "# ours\nfirst-key;name=a\n\nsecond-key;name=b\n");

        ApiKeys keys = ApiKeys.parse("file:" + file);

        assertThat(keys.callerOf("second-key").orElseThrow().name()).isEqualTo("b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"short", "long-enough;colour=red", "long-enough;weight=0", "sha256:abc", "file:/nowhere/keys"})
    void saysWhatIsWrongWithAKeyButNeverTheKey(String setting) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ApiKeys.parse(setting))
                .withMessageContaining("rest.api-keys")
                .withMessageNotContaining("long-enough");
    }

    @Test
    void aTokenIsGoodIfItsIssuerHasSignedItForUsAndItHasNotExpired() throws Exception {
        RSAKey ours = new RSAKeyGenerator(2048).keyID("1").generate();
        RSAKey theirs = new RSAKeyGenerator(2048).keyID("1").generate();
        Path jwks = Files.writeString(folder.resolve("jwks"), new JWKSet(ours.toPublicJWK()).toString());
        Credentials credentials =
                new JwtCredentials(ApiKeys.parse("a-plain-key"), jwks.toString(), "https://issuer", "sluice");
        JWTClaimsSet good = claims().build();

        assertThat(credentials.callerOf(signed(ours, good))).hasValue(new Caller("jwt:ann", "acme", 1, List.of()));
        assertThat(credentials.callerOf("a-plain-key")).isPresent();
        assertThat(credentials.callerOf(null)).isEmpty();
        assertThat(credentials.callerOf(signed(theirs, good))).as("another key").isEmpty();
        assertThat(credentials.callerOf(
                        signed(ours, claims().issuer("https://other").build())))
                .as("another issuer")
                .isEmpty();
        assertThat(credentials.callerOf(signed(ours, claims().audience("other").build())))
                .as("another audience")
                .isEmpty();
        assertThat(credentials.callerOf(signed(
                        ours,
                        claims().expirationTime(Date.from(Instant.now().minusSeconds(600)))
                                .build())))
                .as("expired")
                .isEmpty();
        assertThat(credentials.callerOf(
                        signed(ours, claims().expirationTime(null).build())))
                .as("for ever")
                .isEmpty();
        assertThat(credentials.callerOf(new PlainJWT(good).serialize()))
                .as("not signed")
                .isEmpty();
        JWSSigner withThePublicKey = new MACSigner(ours.toRSAPublicKey().getEncoded());
        assertThat(credentials.callerOf(signed(withThePublicKey, JWSAlgorithm.HS256, good)))
                .as("signed with the public key as a secret")
                .isEmpty();
        assertThat(credentials.letAnybodyIn()).isFalse();
    }

    @Test
    void keysOfTheIssuerMayChangeAndMayBeAwayForAWhile() throws Exception {
        try (Issuer issuer = new Issuer()) {
            Credentials credentials =
                    new JwtCredentials(ApiKeys.parse(""), issuer.jwks(), Issuer.NAME, Issuer.AUDIENCE);
            String before = issuer.token("ann");
            assertThat(credentials.callerOf(before)).isPresent();
            assertThat(credentials.callerOf(issuer.token("at+jwt", "bob"))).isPresent();
            assertThat(issuer.asked()).isOne();

            issuer.rotate("2");
            assertThat(credentials.callerOf(issuer.token("ann")))
                    .as("with the new key")
                    .isPresent();
            assertThat(issuer.asked()).isEqualTo(2);
            assertThat(credentials.callerOf(before)).as("with the old key").isEmpty();

            issuer.goAway(true);
            assertThat(credentials.callerOf(issuer.token("ann")))
                    .as("while it is away")
                    .isPresent();
        }
    }

    @Test
    void whatCannotBeToldIsNotAWrongToken() throws Exception {
        try (Issuer issuer = new Issuer()) {
            issuer.goAway(true);
            Credentials credentials =
                    new JwtCredentials(ApiKeys.parse("a-plain-key"), issuer.jwks(), Issuer.NAME, Issuer.AUDIENCE);
            String token = issuer.token("ann");

            for (int i = 0; i < 4; i++) { // the issuer is not asked each time
                assertThatIllegalStateException().isThrownBy(() -> credentials.callerOf(token));
            }
            assertThat(credentials.callerOf("a-plain-key")).isPresent();
        }
    }

    @Test
    void aTokenOfAKeyThatCannotBeReadNowIsNotAWrongTokenEither() throws Exception {
        try (Issuer issuer = new Issuer()) {
            Credentials credentials =
                    new JwtCredentials(ApiKeys.parse(""), issuer.jwks(), Issuer.NAME, Issuer.AUDIENCE);
            String known = issuer.token("ann");
            assertThat(credentials.callerOf(known)).isPresent();
            issuer.rotate("2");
            issuer.goAway(true);
            String unknown = issuer.token("ann");

            for (int i = 0; i < 4; i++) {
                assertThatIllegalStateException().isThrownBy(() -> credentials.callerOf(unknown));
            }
            assertThat(credentials.callerOf(known)).isPresent();
        }
    }

    @Test
    void noSubjectIsTakenForAnotherOrForAKey() throws Exception {
        try (Issuer issuer = new Issuer()) {
            Credentials credentials = new JwtCredentials(
                    ApiKeys.parse("a-plain-key;name=ann"), issuer.jwks(), Issuer.NAME, Issuer.AUDIENCE);

            assertThat(List.of("ann", "a b", "a_b", "x".repeat(200), "x".repeat(201)).stream()
                            .map(subject -> name(credentials, issuer, subject)))
                    .doesNotHaveDuplicates()
                    .allMatch(name -> name.matches("jwt:\\S{1,160}"));
        }
    }

    private static String name(Credentials credentials, Issuer issuer, String subject) {
        try {
            return credentials.callerOf(issuer.token(subject)).orElseThrow().name();
        } catch (com.nimbusds.jose.JOSEException e) {
            throw new AssertionError(e);
        }
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .subject("ann")
                .claim("tenant", "acme")
                .issuer("https://issuer")
                .audience("sluice")
                .expirationTime(Date.from(Instant.now().plusSeconds(600)));
    }

    private static String signed(RSAKey key, JWTClaimsSet claims) throws Exception {
        return signed(new RSASSASigner(key), JWSAlgorithm.RS256, claims);
    }

    private static String signed(JWSSigner signer, JWSAlgorithm algorithm, JWTClaimsSet claims) throws Exception {
        SignedJWT token =
                new SignedJWT(new JWSHeader.Builder(algorithm).keyID("1").build(), claims);
        token.sign(signer);
        return token.serialize();
    }
}
