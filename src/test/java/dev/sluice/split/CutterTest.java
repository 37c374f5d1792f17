package dev.sluice.split;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class CutterTest {

    /** A text and the pieces that it is cut into, whatever bits it comes in. */
    record Case(Unit unit, String name, List<String> pieces) {
        String text() {
            return String.join("", pieces);
        }

        @Override
        public String toString() {
            return unit + " " + name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                of(Unit.LINE, "lines", "one\n", "two\r\n", "\n", "three"),
                of(Unit.LINE, "a line feed at the end", "one\n", "two\n"),
                of(Unit.LINE, "a separator of Unicode is none", "one\u2028still\u0085one\n", "two"),
                of(Unit.PARAGRAPH, "paragraphs", "one\nstill one\n\n", "two\n \t\r\n", "three\n"),
                of(Unit.PARAGRAPH, "empty lines at the beginning", "\n\n\none\n\n", "two"),
                of(Unit.PARAGRAPH, "several empty lines", "one\n\n", "\n\ntwo\n\n", "\n"),
                of(
                        Unit.SENTENCE,
                        "English",
                        "It is 3.14 m long. ",
                        "Is it? ",
                        "Yes!  ",
                        "He said \"No.\" ",
                        "Then (he) left..."),
                of(Unit.SENTENCE, "Chinese", "今天天气很好。", "你要去哪里？", "“我不去！”", "他说"),
                of(Unit.SENTENCE, "both", "Sluice 是一个网关。", "It works. ", "真的！"),
                of(Unit.SENTENCE, "an abbreviation in small letters", "Take fruit, e.g. apples. ", "Good."),
                of(Unit.SENTENCE, "one that opens with a bracket", "One. ", "(Two.) ", "Three."),
                of(Unit.SENTENCE, "emoji", "Hello 👋🏽! ", "Bye 👨‍👩‍👧."),
                of(Unit.JSON, "an array", "[1", ", \"a,]b\"", ", {\"x\":[1,2]}", ",\ttrue", ", [3, 4]", " ]"),
                of(Unit.JSON, "an object", "{\"a\": 1", ", \"b\" : {\"c\":2}", ", \"d\":null", "}\n"),
                of(Unit.JSON, "items in an object", "{\"a/b~\":[{\"n\":1}", ",{\"n\":2}", "],\"z\":\"q\\\"]\"", "}"),
                of(Unit.JSON, "an empty array in an object", "{\"a\":[],\"b\":2", "}"),
                of(Unit.JSON, "a single value", "3.5"),
                of(Unit.JSON, "no JSON", "Sure, here you are: nothing, \"really\"."));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void cutsATextThatComesWhole(Case c) {
        assertThat(cut(c.unit, List.of(c.text()))).isEqualTo(c.pieces);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void cutsATextThatComesInAnyTwoBits(Case c) {
        for (int i = 0; i <= c.text().length(); i++) {
            assertThat(cut(c.unit, List.of(c.text().substring(0, i), c.text().substring(i))))
                    .as("cut at " + i)
                    .isEqualTo(c.pieces);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void cutsATextThatComesCharacterByCharacter(Case c) {
        assertThat(cut(c.unit, c.text().chars().mapToObj(ch -> "" + (char) ch).toList()))
                .isEqualTo(c.pieces);
    }

    @ParameterizedTest
    @EnumSource(names = "EVENT", mode = EnumSource.Mode.EXCLUDE)
    void losesAndAddsNothingHoweverTheTextComes(Unit unit) {
        Random random = new Random(7);
        String alphabet = "aB1 .!?\n\r\t\"\\'()[]{},:。，！”“中文\u00A0\u2028é👋👨‍👩‍👧";
        for (int run = 0; run < 300; run++) {
            String text = random.ints(random.nextInt(200), 0, alphabet.length())
                    .mapToObj(i -> "" + alphabet.charAt(i))
                    .collect(Collectors.joining());
            List<String> bits = new ArrayList<>();
            for (int from = 0, to; from < text.length(); from = to) {
                to = Math.min(text.length(), from + 1 + random.nextInt(9));
                bits.add(text.substring(from, to));
            }

            assertThat(String.join("", cut(unit, bits))).isEqualTo(text);
            if (unit != Unit.DELTA) {
                assertThat(cut(unit, bits)).as(text).isEqualTo(cut(unit, List.of(text)));
            }
        }
    }

    @Test
    void aDeltaIsAPieceButHalfACharacterIsNone() {
        assertThat(cut(Unit.DELTA, List.of("a", " ", "\uD83D", "\uDC4B", "b\uD83D", "\uDC4B")))
                .containsExactly("a", " ", "👋", "b", "👋");
    }

    @Test
    void aPieceLeavesAsSoonAsItsEndIsKnown() {
        assertThat(known(Unit.LINE, "one\n")).containsExactly("one\n");
        assertThat(known(Unit.SENTENCE, "One. ")).isEmpty();
        assertThat(known(Unit.SENTENCE, "One. T")).containsExactly("One. ");
        assertThat(known(Unit.SENTENCE, "好。你")).containsExactly("好。");
        assertThat(known(Unit.JSON, "[{\"a\":1}")).containsExactly("[{\"a\":1}");
    }

    @Test
    void aJsonPieceSaysWhatItsValueIsAndWhereItBelongs() {
        List<Cutter.Cut> cuts = new ArrayList<>();
        Cutter cutter = new JsonCutter();
        cutter.add("{\"a/b~\":[{\"n\":1},\"x\"],\"z\":2.50,\"q\":[]}", cuts::add);
        cutter.end(cuts::add);

        assertThat(cuts)
                .extracting(cut -> cut.at() + " " + cut.value())
                .containsExactly("/a~1b~0/0 {\"n\":1}", "/a~1b~0/1 \"x\"", "/z 2.5", "null null");
    }

    @Test
    void aSentenceThatDoesNotEndIsCutAllTheSame() {
        List<String> pieces = cut(Unit.SENTENCE, List.of("a".repeat(10_000)));

        assertThat(pieces).hasSize(3).allMatch(piece -> piece.length() <= SentenceCutter.LONGEST);
    }

    private static List<String> cut(Unit unit, List<String> bits) {
        List<String> pieces = new ArrayList<>();
        Cutter cutter = unit.cutter();
        bits.forEach(bit -> cutter.add(bit, cut -> pieces.add(cut.text())));
        cutter.end(cut -> pieces.add(cut.text()));
        return pieces;
    }

    private static List<String> known(Unit unit, String text) {
        List<String> pieces = new ArrayList<>();
        unit.cutter().add(text, cut -> pieces.add(cut.text()));
        return pieces;
    }

    private static Case of(Unit unit, String name, String... pieces) {
        return new Case(unit, name, List.of(pieces));
    }
}
