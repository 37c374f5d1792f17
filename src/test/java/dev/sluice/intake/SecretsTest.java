package dev.sluice.intake;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SecretsTest {

    @Test
    void takesTheKeyInUseOutOfATextWhereverItStands() {
        assertThat(new Secrets("my+secret.key").redact("wrong: my+secret.key!")).isEqualTo("wrong: ***!");
    }

    @Test
    void takesWhatLooksLikeAKeyOut() {
        assertThat(new Secrets("").redact("Incorrect API key provided: sk-proj-abc123DEF456. Bearer abcdefghij"))
                .isEqualTo("Incorrect API key provided: *** ***");
    }

    @Test
    void leavesOneReadableLine() {
        assertThat(new Secrets("").redact("two\r\nlines\tand\u0007a bell")).isEqualTo("two lines and a bell");
        assertThat(new Secrets("").redact("x".repeat(5000))).hasSizeLessThan(410);
    }
}
