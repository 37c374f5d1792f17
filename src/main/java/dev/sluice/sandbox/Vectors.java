package dev.sluice.sandbox;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/** Embeddings: a pure function of the text, of few dimensions and of length 1. */
final class Vectors {
    private static final int DIMENSIONS = 8;

    private Vectors() {}

    static String json(Completion completion, boolean base64) {
        StringBuilder json = new StringBuilder(300).append("{\"object\":\"list\",\"data\":[");
        for (int i = 0; i < completion.choices().size(); i++) {
            float[] vector = of(completion.choices().get(i).text(), i);
            json.append(i == 0 ? "" : ",")
                    .append("{\"object\":\"embedding\",\"index\":")
                    .append(i);
            json.append(",\"embedding\":");
            if (base64) {
                JsonText.quote(json, encoded(vector));
            } else {
                appendNumbers(json, vector);
            }
            json.append('}');
        }
        JsonText.quote(json.append("],\"model\":"), completion.model());
        return json.append(",\"usage\":{\"prompt_tokens\":")
                .append(completion.promptTokens())
                .append(",\"total_tokens\":")
                .append(completion.promptTokens())
                .append("}}")
                .toString();
    }

    private static float[] of(String text, int index) {
        double[] draws = new double[DIMENSIONS];
        double square = 0;
        for (int i = 0; i < DIMENSIONS; i++) {
            draws[i] = Mix.of(Mix.of(text) + index, i) / (double) Long.MAX_VALUE;
            square += draws[i] * draws[i];
        }
        float[] vector = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = (float) (draws[i] / Math.sqrt(square));
        }
        return vector;
    }

    private static void appendNumbers(StringBuilder json, float[] vector) {
        for (int i = 0; i < vector.length; i++) {
            json.append(i == 0 ? "[" : ",").append(vector[i]);
        }
        json.append(']');
    }

    private static String encoded(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
