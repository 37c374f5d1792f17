package dev.sluice.call;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.intake.ChatBody;
import java.io.IOException;

/** Reads what an upstream answered: strings of any length, since an answer is bounded as a whole; nothing after the end. */
public final class AnswerJson {
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .recyclerPool(JsonRecyclerPools.sharedConcurrentDequePool()) // one for each thread would be many
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .errorReportConfiguration(ChatBody.WITHOUT_ITS_TEXT)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private AnswerJson() {}

    public static JsonNode parse(String json) throws JsonProcessingException {
        return JSON.readTree(json);
    }

    public static JsonNode parse(byte[] json) throws IOException {
        return JSON.readTree(json);
    }
}
