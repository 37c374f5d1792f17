package dev.sluice.admit;

import com.fasterxml.jackson.databind.JsonNode;
import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.EncodingType;
import dev.sluice.intake.Api;
import dev.sluice.intake.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Estimates what a chat request will cost, before it is sent.
 *
 * <p>Prompt: the tokens of every text by the model's own encoding, and 3 a message, 1 a name and 3 to prime the reply,
 * as the <a href="https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken">OpenAI cookbook</a> counts.
 * Tools, functions, tool calls and a response schema count as their JSON, slightly more than what is really charged.
 * An image counts {@value #IMAGE_TOKENS} (1024 by 1024 at high detail), with {@code "detail": "low"}
 * {@value #LOW_DETAIL_IMAGE_TOKENS}; so does any other part that is not text.
 *
 * An {@code input}, a {@code prompt} and {@code instructions}, as the other endpoints have them, count the same way.
 *
 * <p>Completion: {@code max_completion_tokens}, {@code max_tokens} or {@code max_output_tokens}, else an assumption; times
 * {@code n}.
 *
 * <p>Exact to a few tokens up to {@value TokenCount#EXACT_CHARS} characters, then sampled: see {@link TokenCount}. The
 * texts are plain text: {@code <|endoftext|>} is neither refused nor special. Thread-safe; the first use of an encoding
 * takes about half a second, see {@link #warmUp()}.
 */
public final class TokenEstimate {
    public static final int DEFAULT_ASSUMED_COMPLETION_TOKENS = 256;

    static final int IMAGE_TOKENS = 765;
    static final int LOW_DETAIL_IMAGE_TOKENS = 85;

    private static final int PER_MESSAGE = 3;
    private static final int PER_NAME = 1;
    private static final int REPLY_PRIMER = 3;
    private static final List<String> OTHER_PROMPTS = List.of("input", "prompt", "instructions");
    private static final List<String> MAX_COMPLETION =
            List.of("max_completion_tokens", "max_tokens", "max_output_tokens");
    private static final List<String> COUNTED_AS_JSON = List.of("tools", "functions", "response_format");

    private static final List<String> OLDER = List.of("gpt-4-", "gpt-4:", "gpt-3.5", "gpt-35");

    /** One for the process: an encoding takes tens of megabytes and never changes. */
    private static final EncodingRegistry ENCODINGS = Encodings.newLazyEncodingRegistry();

    private final int assumedCompletionTokens;

    public TokenEstimate() {
        this(DEFAULT_ASSUMED_COMPLETION_TOKENS);
    }

    /** @param assumedCompletionTokens for a request that does not limit its answer, at least 0 */
    public TokenEstimate(int assumedCompletionTokens) {
        if (assumedCompletionTokens < 0) {
            throw new IllegalArgumentException(
                    "limit.assumed-completion-tokens must be >= 0, was " + assumedCompletionTokens);
        }
        this.assumedCompletionTokens = assumedCompletionTokens;
    }

    /** What to ask of a limit for this request. */
    public Reservation reservation(String key, JsonNode body) {
        return new Reservation(key, promptTokens(body), completionTokens(body));
    }

    /** What to ask of a limit for this request; an embedding has no completion. */
    Reservation reservation(String key, Request request) {
        return new Reservation(
                key,
                promptTokens(request.json()),
                request.api() == Api.EMBEDDINGS ? 0 : completionTokens(request.json()));
    }

    /** Loads the encoding of today's models; that of older ones is loaded when it is needed. */
    public static void warmUp() {
        ENCODINGS.getEncoding(EncodingType.O200K_BASE).countTokensOrdinary("warm up");
    }

    /** Tokens of the prompt; what is not as the API wants it counts as little as it says. */
    public long promptTokens(JsonNode body) {
        List<String> texts = new ArrayList<>();
        long overhead = REPLY_PRIMER;
        for (JsonNode message : body.path("messages")) {
            overhead += PER_MESSAGE;
            for (Map.Entry<String, JsonNode> field : message.properties()) {
                overhead += field.getKey().equals("name") ? PER_NAME : 0;
                overhead += collect(field.getValue(), field.getKey().equals("content"), texts);
            }
        }
        for (String name : OTHER_PROMPTS) {
            overhead += prompt(body.path(name), texts);
        }
        for (String name : COUNTED_AS_JSON) {
            if (body.has(name)) {
                texts.add(body.get(name).toString());
            }
        }
        return overhead + new TokenCount(ENCODINGS.getEncoding(encoding(body))).of(texts);
    }

    /** Tokens of a text that the model of a request has written. */
    public static long textTokens(JsonNode body, String text) {
        return new TokenCount(ENCODINGS.getEncoding(encoding(body))).of(List.of(text));
    }

    /** The most tokens that the answer may cost. */
    public long completionTokens(JsonNode body) {
        long each = MAX_COMPLETION.stream()
                .map(body::path)
                .filter(JsonNode::isIntegralNumber)
                .findFirst()
                .map(max -> clamped(max, 0))
                .orElse((long) assumedCompletionTokens);
        return each * clamped(body.path("n"), 1);
    }

    /** What is not messages: texts, lists of them or of tokens, or of the items of a response's input. */
    private static long prompt(JsonNode prompt, List<String> texts) {
        if (prompt.isIntegralNumber()) {
            return 1; // is a token already
        }
        if (prompt.isArray()) {
            long other = 0;
            for (JsonNode item : prompt) {
                other += prompt(item, texts);
            }
            return other;
        }
        if (!prompt.has("content")) {
            return collect(prompt, false, texts);
        }
        return PER_MESSAGE + collect(prompt.get("content"), true, texts);
    }

    private static long collect(JsonNode value, boolean content, List<String> texts) {
        if (value.isTextual()) {
            texts.add(value.textValue());
            return 0;
        }
        if (content && value.isArray()) {
            long other = 0;
            for (JsonNode part : value) {
                other += part(part, texts);
            }
            return other;
        }
        if (value.isContainerNode()) {
            texts.add(value.toString());
        }
        return 0;
    }

    private static long part(JsonNode part, List<String> texts) {
        JsonNode text =
                part.isTextual() ? part : part.path(part.path("type").asText().equals("refusal") ? "refusal" : "text");
        if (text.isTextual()) {
            texts.add(text.textValue());
            return 0;
        }
        boolean low = part.path("image_url").path("detail").asText().equals("low");
        return low ? LOW_DETAIL_IMAGE_TOKENS : IMAGE_TOKENS;
    }

    /** {@code cl100k_base} for GPT-4 and GPT-3.5 proper; {@code o200k_base} for all later ones, and for the unknown. */
    static EncodingType encoding(JsonNode body) {
        String name = body.path("model").asText().toLowerCase(Locale.ROOT);
        String model = withoutPrefix(name.substring(name.lastIndexOf('/') + 1), "ft:");
        boolean older = model.equals("gpt-4") || OLDER.stream().anyMatch(model::startsWith);
        return older ? EncodingType.CL100K_BASE : EncodingType.O200K_BASE;
    }

    private static String withoutPrefix(String text, String prefix) {
        return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
    }

    private static long clamped(JsonNode number, int least) {
        return Math.min(Integer.MAX_VALUE, Math.max(least, number.asLong(least)));
    }
}
