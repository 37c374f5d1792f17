package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenEstimateTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TokenEstimate ESTIMATE = new TokenEstimate();
    private static final Encoding O200K = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);

    /** The example of the OpenAI cookbook, with the counts that it gives for the API itself. */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({"gpt-3.5-turbo, 129", "gpt-4-0613, 129", "gpt-4, 129", "gpt-4o, 124", "gpt-4o-mini, 124"})
    void countsTheCookbooksExample(String model, int tokens) {
        assertThat(ESTIMATE.promptTokens(json("""
                        {"model": "%s", "messages": [
                          {"role": "system", "content": "You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
                          {"role": "system", "name": "example_user", "content": "New synergies will help drive top-line growth."},
                          {"role": "system", "name": "example_assistant", "content": "Things working well together will increase revenue."},
                          {"role": "system", "name": "example_user", "content": "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
                          {"role": "system", "name": "example_assistant", "content": "Let's talk later when we're less busy about how to do better."},
                          {"role": "user", "content": "This late pivot means we don't have time to boil the ocean for the client deliverable."}]}
                        """.formatted(model)))).isEqualTo(tokens);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "gpt-4o-mini, O200K_BASE",
        "gpt-4.1, O200K_BASE",
        "gpt-5, O200K_BASE",
        "o3-mini, O200K_BASE",
        "some-local-model, O200K_BASE",
        "gpt-4, CL100K_BASE",
        "gpt-4-turbo, CL100K_BASE",
        "gpt-3.5-turbo-0125, CL100K_BASE",
        "gpt-35-turbo, CL100K_BASE",
        "openai/gpt-4, CL100K_BASE",
        "ft:gpt-3.5-turbo:acme::x1, CL100K_BASE",
        "ft:gpt-4o:acme::x1, O200K_BASE",
        "router/openai/ft:GPT-4:acme, CL100K_BASE",
        "gpt-40, O200K_BASE",
        "'', O200K_BASE",
    })
    void choosesTheEncodingByTheModel(String model, EncodingType encoding) {
        assertThat(TokenEstimate.encoding(JSON.createObjectNode().put("model", model)))
                .isEqualTo(encoding);
    }

    @Test
    void countsTextPartsLikeTextAndImagesByAConstant() {
        long plain = prompt("{\"role\": \"user\", \"content\": \"What is this?\"}");

        assertThat(prompt("{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"What is this?\"}]}"))
                .isEqualTo(plain);
        assertThat(prompt("""
                        {"role": "user", "content": [{"type": "text", "text": "What is this?"},
                          {"type": "image_url", "image_url": {"url": "data:image/png;base64,%s"}},
                          {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}]}
                        """.formatted("A".repeat(10_000))))
                .isEqualTo(plain + TokenEstimate.IMAGE_TOKENS + TokenEstimate.LOW_DETAIL_IMAGE_TOKENS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tools", "functions", "response_format"})
    void countsWhatElseThePromptHolds(String name) {
        JsonNode body =
                json("{\"model\": \"gpt-4o\", \"messages\": [], \"%s\": [{\"name\": \"look_up\"}]}".formatted(name));

        assertThat(ESTIMATE.promptTokens(body)).isEqualTo(3 + O200K.countTokensOrdinary("[{\"name\":\"look_up\"}]"));
    }

    @Test
    void countsToolCallsOfEarlierTurns() {
        assertThat(prompt("{\"role\": \"assistant\", \"content\": null, \"tool_calls\": [{\"id\": \"1\"}]}"))
                .isEqualTo(3 + 3 + 1 + O200K.countTokensOrdinary("[{\"id\":\"1\"}]"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"<|endoftext|>", "<|im_start|>system<|im_end|>", "a <|fim_prefix|> b"})
    void takesSpecialTokensForText(String text) {
        assertThat(prompt("{\"role\": \"user\", \"content\": \"%s\"}".formatted(text)))
                .isGreaterThan(9);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "null",
                "\"text\"",
                "{\"messages\": 1}",
                "{\"messages\": [1, null, {\"content\": [1]}]}"
            })
    void toleratesWhatIsNoChatRequest(String body) {
        assertThat(ESTIMATE.promptTokens(json(body))).isPositive();
        assertThat(ESTIMATE.completionTokens(json(body))).isEqualTo(256);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                                  | 256",
                "{\"max_tokens\": 10}                                | 10",
                "{\"max_completion_tokens\": 20, \"max_tokens\": 10} | 20",
                "{\"max_completion_tokens\": null, \"max_tokens\": 5}| 5",
                "{\"max_tokens\": \"many\"}                          | 256",
                "{\"max_tokens\": -1}                                | 0",
                "{\"max_tokens\": 10, \"n\": 3}                      | 30",
                "{\"n\": 0}                                          | 256",
                "{\"n\": 4}                                          | 1024",
            })
    void takesTheAnswersLimitOrAnAssumption(String body, long tokens) {
        assertThat(ESTIMATE.completionTokens(json(body))).isEqualTo(tokens);
    }

    @Test
    void neverOverflows() {
        JsonNode body = json("{\"max_tokens\": 9223372036854775807, \"n\": 9223372036854775807, \"messages\": []}");

        assertThat(ESTIMATE.reservation("default", body).completionTokens()).isPositive();
    }

    @Test
    void refusesANegativeAssumption() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TokenEstimate(-1))
                .withMessage("limit.assumed-completion-tokens must be >= 0, was -1");
    }

    @Test
    void samplesAHugeText() {
        String text = prose(2_000_000);
        int tokens = O200K.countTokensOrdinary(text);

        assertThat(new TokenCount(O200K).of(List.of(text))).isCloseTo(tokens, Percentage.withPercentage(3));
    }

    @Test
    void samplesManyTextsThatAreHugeInSum() {
        List<String> texts =
                IntStream.range(0, 500).mapToObj(i -> prose(1_000 + i)).toList();
        int tokens = texts.stream().mapToInt(O200K::countTokensOrdinary).sum();

        assertThat(new TokenCount(O200K).of(texts)).isCloseTo(tokens, Percentage.withPercentage(5));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", " ", "\uD83D\uDE00", "\u4E2D", "7", "\n"})
    void staysFastOnTextsWithoutWords(String character) {
        String text = character.repeat(TokenCount.EXACT_CHARS / character.length());

        assertTimeout(Duration.ofMinutes(1), () -> assertThat(new TokenCount(O200K).of(List.of(text)))
                .isPositive());
    }

    private static long prompt(String message) {
        return ESTIMATE.promptTokens(json("{\"model\": \"gpt-4o\", \"messages\": [" + message + "]}"));
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Words of different lengths, in no order that a sample could fall in step with. */
    private static String prose(int chars) {
        Random random = new Random(1);
        List<String> words =
                List.of("the", "limiter", "reserves", "a", "slot", "ahead", "antidisestablishment", "42", "of");
        return IntStream.range(0, chars / 5)
                .mapToObj(i -> words.get(random.nextInt(words.size())))
                .collect(Collectors.joining(" "));
    }
}
