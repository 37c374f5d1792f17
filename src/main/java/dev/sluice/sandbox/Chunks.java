package dev.sluice.sandbox;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * An answer as server-sent events, made one at a time: for each choice a chunk with the role, then words, the choices in
 * turn; for each choice a chunk with the finish reason; the usage, if asked for; {@code [DONE]}.
 *
 * <p>The pieces of a choice join to exactly its text; a surrogate pair is never split.
 */
final class Chunks implements Iterator<String> {
    private static final int LONGEST_PIECE = 24;

    private final Completion completion;
    private final List<Completion.Choice> choices;
    private final boolean includeUsage;
    private final String head;
    private final int[] sent;
    private final boolean chat;
    private int roles;
    private int turn;
    private int finished;
    private boolean usageSent;
    private boolean done;

    Chunks(Completion completion, boolean includeUsage) {
        this.completion = completion;
        this.choices = completion.choices();
        this.includeUsage = includeUsage;
        this.head = completion
                .head(
                        new StringBuilder(200).append("data: "),
                        completion.endpoint().chunk())
                .append(",\"choices\":[")
                .toString();
        this.sent = new int[choices.size()];
        this.chat = completion.endpoint() == Endpoint.CHAT;
        this.roles = chat ? 0 : choices.size();
    }

    @Override
    public boolean hasNext() {
        return !done;
    }

    @Override
    public String next() {
        if (roles < choices.size()) {
            return chunk(roles++, "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", "null");
        }
        int speaking = nextToSpeak();
        if (speaking >= 0) {
            return piece(speaking);
        }
        if (finished < choices.size()) {
            String reason = choices.get(finished).finishReason();
            return chunk(finished++, chat ? "{}" : "\"\"", '"' + reason + '"');
        }
        if (includeUsage && !usageSent) {
            usageSent = true;
            StringBuilder json = new StringBuilder(head).append("],\"usage\":");
            return completion.usage(json).append("}\n\n").toString();
        }
        if (done) {
            throw new NoSuchElementException("the stream is at its end");
        }
        done = true;
        return "data: [DONE]\n\n";
    }

    /** The next choice in turn that has words left; -1 if none has. */
    private int nextToSpeak() {
        for (int tried = 0; tried < sent.length; tried++) {
            int choice = turn;
            turn = (turn + 1) % sent.length;
            if (sent[choice] < choices.get(choice).text().length()) {
                return choice;
            }
        }
        return -1;
    }

    private String piece(int choice) {
        String text = choices.get(choice).text();
        int from = sent[choice];
        int to = pieceEnd(text, from);
        sent[choice] = to;
        if (!chat) {
            return chunk(choice, JsonText.quote(new StringBuilder(40), text, from, to), "null");
        }
        StringBuilder delta = new StringBuilder(40).append("{\"content\":");
        return chunk(choice, JsonText.quote(delta, text, from, to).append('}'), "null");
    }

    private String chunk(int choice, CharSequence delta, String finishReason) {
        StringBuilder event = new StringBuilder(head.length() + delta.length() + 80).append(head);
        event.append("{\"index\":")
                .append(choice)
                .append(chat ? ",\"delta\":" : ",\"text\":")
                .append(delta);
        event.append(",\"logprobs\":null,\"finish_reason\":")
                .append(finishReason)
                .append("}]");
        return event.append(includeUsage ? ",\"usage\":null}\n\n" : "}\n\n").toString();
    }

    /** A word with the white space before it, at most {@value #LONGEST_PIECE} characters. */
    static int pieceEnd(String text, int from) {
        int longest = Math.min(text.length(), from + LONGEST_PIECE);
        int end = from;
        while (end < longest && Character.isWhitespace(text.charAt(end))) {
            end++;
        }
        while (end < longest && !Character.isWhitespace(text.charAt(end))) {
            end++;
        }
        return AnswerText.splitsPair(text, end) ? end + 1 : end;
    }
}
