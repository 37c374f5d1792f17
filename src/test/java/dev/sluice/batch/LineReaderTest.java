package dev.sluice.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineReaderTest {

    @ParameterizedTest(name = "reads of {0} bytes")
    @ValueSource(ints = {1, 2, 3, 7, 100_000})
    void linesEndInLfOrCrlfAndInNothingElse(int readBytes) throws IOException {
        String text = "\uFEFFone\r\n\n  \t\r\ntwo\u2028\u0085\rtwo\n\u000Bthree";

        List<Line> lines = lines(text, 100, readBytes);

        assertThat(lines)
                .extracting(LineReaderTest::text)
                .containsExactly("one", "two\u2028\u0085\rtwo", "\u000Bthree");
        assertThat(lines).extracting(Line::number).containsExactly(1L, 4L, 5L);
        assertThat(lines).extracting(line -> line.before().bytes()).containsExactly(3L, 14L, 27L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\r\n\r\n", " \n\t", "\uFEFF", "\uFEFF\n"})
    void aFileWithoutLinesHasNone(String text) throws IOException {
        assertThat(lines(text, 100, 3)).isEmpty();
    }

    @Test
    void aLineThatIsTooLongIsToldButNotKept() throws IOException {
        List<Line> lines = lines("12345\r\n123456\r\n1234567\n12\n", 6, 4);

        assertThat(lines).extracting(LineReaderTest::text).containsExactly("12345", "123456", "", "12");
        assertThat(lines).extracting(Line::tooLong).containsExactly(false, false, true, false);
        assertThat(lines).extracting(Line::length).containsExactly(5L, 6L, 7L, 2L);
    }

    @Test
    void linesThatAreNotWantedAreReadOver() throws IOException {
        byte[] bytes = "a\nb\n\nc\nd\n".getBytes(UTF_8);
        try (LineReader reader = new LineReader(new ByteArrayInputStream(bytes), 100)) {
            Line line = reader.next(number -> number == 4);

            assertThat(text(line)).isEqualTo("c");
            assertThat(reader.position()).isEqualTo(new Position(3, 7, crc(bytes, 7)));
            assertThat(reader.next(number -> false)).isNull();
            assertThat(reader.position()).isEqualTo(new Position(4, 9, crc(bytes, 9)));
        }
    }

    @Test
    void linesLongerThanTheBufferAreWhole() throws IOException {
        String large = "x".repeat(300_000);

        assertThat(lines(large + "\n" + large, 300_000, 8192))
                .extracting(LineReaderTest::text)
                .containsExactly(large, large);
    }

    private static List<Line> lines(String text, int maxBytes, int readBytes) throws IOException {
        InputStream slow = new ByteArrayInputStream(text.getBytes(UTF_8)) {
            @Override
            public int read(byte[] buffer, int offset, int length) {
                return super.read(buffer, offset, Math.min(length, readBytes));
            }
        };
        List<Line> lines = new ArrayList<>();
        try (LineReader reader = new LineReader(slow, maxBytes)) {
            for (Line line = reader.next(number -> true); line != null; line = reader.next(number -> true)) {
                lines.add(line);
            }
        }
        return lines;
    }

    private static String text(Line line) {
        return new String(line.bytes(), UTF_8);
    }

    private static long crc(byte[] bytes, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, 0, length);
        return crc.getValue();
    }
}
