package dev.sluice.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.sluice.call.SseReader.Event;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SseReaderTest {
    private static final int MAX_EVENT_BYTES = 1 << 20;

    /** A stream and the events that are in it. */
    record Case(String name, String stream, List<Event> events) {
        byte[] bytes() {
            return stream.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                of("an empty stream", ""),
                of("nothing but blank lines", "\n\r\n\r\n\n"),
                of("lines that end in LF", "data: a\n\ndata: b\n\n", event("a"), event("b")),
                of("lines that end in CR", "data: a\r\rdata: b\r\r", event("a"), event("b")),
                of("lines that end in CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", event("a"), event("b")),
                of(
                        "line ends of every kind",
                        "data: a\r\n\rdata: b\n\r\ndata: c\r\n\n",
                        event("a"),
                        event("b"),
                        event("c")),
                of("CR then LF is one end", "data: a\r\ndata: b\r\n\r\n", event("a\nb")),
                of("LF then CR is two", "data: a\n\rdata: b\n\n", event("a"), event("b")),
                of("a byte order mark", "\uFEFFdata: a\n\n", event("a")),
                of("a second byte order mark is part of the name", "\uFEFF\uFEFFdata: a\n\ndata: b\n\n", event("b")),
                of(
                        "a byte order mark later is text",
                        "data: a\n\n\uFEFFdata: b\n\ndata: \uFEFFc\n\n",
                        event("a"),
                        event("\uFEFFc")),
                of("a byte order mark before a blank line", "\uFEFF\ndata: a\n\n", event("a")),
                of("a comment", ": keep-alive\n\ndata: a\n\n", event("a")),
                of("a comment inside an event", "data: a\n: OPENROUTER PROCESSING\ndata: b\n\n", event("a\nb")),
                of("a comment of nothing", ":\n:\n\ndata: a\n\n", event("a")),
                of("no space after the colon", "data:a\n\n", event("a")),
                of("only the first space is dropped", "data:  a \n\n", event(" a ")),
                of("a tab is not a space", "data:\ta\n\n", event("\ta")),
                of("several data lines", "data: a\ndata:\ndata: c\n\n", event("a\n\nc")),
                of("data of nothing", "data:\n\ndata: \n\n", event(""), event("")),
                of("data without a colon", "data\n\ndata\ndata\n\n", event(""), event("\n")),
                of("colons in the data", "data: a: b:c\n\n", event("a: b:c")),
                of("data that looks like a field", "data: data: a\n\n", event("data: a")),
                of("a name", "event: error\ndata: a\n\n", new Event("error", "a", true)),
                of("a name after the data", "data: a\nevent: error\n\n", new Event("error", "a", true)),
                of("the last name counts", "event: x\nevent: y\ndata: a\n\n", new Event("y", "a", true)),
                of("an event without data is none", "event: ping\n\ndata: a\n\n", event("a")),
                of("an id does not leak", "id: 7\n\ndata: a\n\n", event("a")),
                of("id, retry, and unknown fields", "id: 7\nretry: 10\nfoo: bar\nfoo\ndata: a\n\n", event("a")),
                of("a field name is exact", "Data: a\n data: b\ndata : c\ndatax: d\n\ndata: e\n\n", event("e")),
                of(
                        "separators of Unicode end no line",
                        "data: a\u2028b\u2029c\u0085d\u000Be\ff\n\n",
                        event("a\u2028b\u2029c\u0085d\u000Be\ff")),
                of("characters of 2, 3 and 4 bytes", "data: é€𝄞\r\n\r\n", event("é€𝄞")),
                of("a NUL", "data: a\0b\n\n", event("a\0b")),
                of("an unterminated block", "data: a\n\ndata: b\n", event("a"), new Event("", "b", false)),
                of("an unterminated line", "data: a\n\ndata: [DONE]", event("a"), new Event("", "[DONE]", false)),
                of("an unterminated block without data", "data: a\n\nevent: b", event("a")),
                of("an unterminated comment", "data: a\n\n: b", event("a")),
                of("a CR at the end", "data: a\r\n\r", event("a")),
                of(
                        "a line that is longer than the buffer",
                        "data: " + "€".repeat(3000) + "\n\n",
                        event("€".repeat(3000))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void readsTheEvents(Case stream) throws IOException {
        assertThat(events(new ByteArrayInputStream(stream.bytes()))).isEqualTo(stream.events);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void readsTheSameEventsFromAStreamThatComesByteByByte(Case stream) throws IOException {
        byte[] bytes = stream.bytes();
        byte[][] single = new byte[bytes.length][];
        for (int i = 0; i < bytes.length; i++) {
            single[i] = new byte[] {bytes[i]};
        }

        assertThat(events(new Pieces(single))).isEqualTo(stream.events);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void readsTheSameEventsWhereverTheStreamIsCut(Case stream) throws IOException {
        byte[] bytes = stream.bytes();
        for (int cut = 1; cut < bytes.length; cut++) {
            InputStream pieces = new Pieces(Arrays.copyOf(bytes, cut), Arrays.copyOfRange(bytes, cut, bytes.length));

            assertThat(events(pieces)).as("cut after %d bytes", cut).isEqualTo(stream.events);
        }
    }

    @Test
    void handsOutAnEventAsSoonAsItsBlankLineIsThere() throws IOException {
        SseReader reader = new SseReader(
                new Pieces("data: a\r\n\r".getBytes(StandardCharsets.UTF_8)) {
                    @Override
                    int atEnd() {
                        throw new AssertionError("waited for more although the event was whole");
                    }
                },
                MAX_EVENT_BYTES);

        assertThat(reader.next()).isEqualTo(event("a"));
    }

    @Test
    void readsLinesOfMegabytes() throws IOException {
        String text = "x".repeat(MAX_EVENT_BYTES - "data: ".length());

        assertThat(events(stream("data: " + text + "\n\n"))).containsExactly(event(text));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void refusesWhatIsLongerThanTheLimit(String what, String stream) {
        SseReader reader = new SseReader(stream(stream), 100);

        assertThatIOException().isThrownBy(reader::next).withMessageContaining("100 bytes");
    }

    static Stream<Arguments> refusesWhatIsLongerThanTheLimit() {
        return Stream.of(
                Arguments.of("a line", "data: " + "x".repeat(95) + "\n\n"),
                Arguments.of("a line without an end", "x".repeat(20_000)),
                Arguments.of("a comment", ":" + "x".repeat(100) + "\n\n"),
                Arguments.of("many lines", "data: abcd\n".repeat(11) + "\n"),
                Arguments.of("characters of several bytes", "data: €€€€\n".repeat(6) + "\n"),
                Arguments.of("lines of nothing", "data\n".repeat(200) + "\n"));
    }

    @Test
    void limitsEachEventAndNotTheStream() throws IOException {
        SseReader reader = new SseReader(stream(("data: " + "x".repeat(94) + "\n\n").repeat(50)), 100);

        for (int i = 0; i < 50; i++) {
            assertThat(reader.next()).isEqualTo(event("x".repeat(94)));
        }
        assertThat(reader.next()).isNull();
    }

    @Test
    void staysAtItsEnd() throws IOException {
        SseReader reader = new SseReader(stream("data: a"), 100);

        assertThat(reader.next()).isEqualTo(new Event("", "a", false));
        assertThat(reader.next()).isNull();
        assertThat(reader.next()).isNull();
    }

    private static Case of(String name, String stream, Event... events) {
        return new Case(name, stream, List.of(events));
    }

    private static Event event(String data) {
        return new Event("", data, true);
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<Event> events(InputStream in) throws IOException {
        SseReader reader = new SseReader(in, MAX_EVENT_BYTES);
        List<Event> events = new ArrayList<>();
        for (Event event = reader.next(); event != null; event = reader.next()) {
            events.add(event);
        }
        return events;
    }

    /** Comes in these pieces: no read returns bytes of two of them. */
    private static class Pieces extends InputStream {
        private final byte[][] pieces;
        private int piece;
        private int position;

        Pieces(byte[]... pieces) {
            this.pieces = pieces;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException("reads single bytes");
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (piece == pieces.length) {
                return atEnd();
            }
            int count = Math.min(length, pieces[piece].length - position);
            System.arraycopy(pieces[piece], position, target, offset, count);
            position += count;
            if (position == pieces[piece].length) {
                piece++;
                position = 0;
            }
            return count;
        }

        int atEnd() {
            return -1;
        }
    }
}
