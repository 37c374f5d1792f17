package dev.sluice.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class JsonTextTest {

    @Property
    void writesAnyTextSoThatItReadsBackTheSame(@ForAll String text) {
        String json = JsonText.quote(new StringBuilder(), text).toString();
        assertThat(Caller.json(json).asText()).isEqualTo(text);
    }

    @Test
    void escapesWhatJsonForbidsAndHalfASurrogatePair() {
        assertThat(JsonText.quote(new StringBuilder(), "a\"\\\n\r\t\u0001\ud83d!\ude00é😀")
                        .toString())
                .isEqualTo("\"a\\\"\\\\\\n\\r\\t\\u0001\\ud83d!\\ude00é😀\"");
    }
}
