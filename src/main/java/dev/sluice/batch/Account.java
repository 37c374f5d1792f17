package dev.sluice.batch;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.intake.ChatBody;
import dev.sluice.intake.InvalidMessageException;
import java.io.IOException;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What the lines of a batch have used and what those in hand may use, so that a budget holds: a line is sent only if there is
 * room for its estimate besides those of the lines in hand. Thread-safe.
 */
final class Account {
    private static final int LOOK_AGAIN_MS = 100;
    private static final JsonFactory JSON = new JsonFactory();

    private final Bounds bounds;
    private final Prices prices;
    private final Estimator estimator;
    private Use spent;
    private Use reserved = Use.NONE;

    /** @param spent by earlier runs */
    Account(Bounds bounds, Prices prices, Estimator estimator, Use spent) {
        this.bounds = bounds;
        this.prices = prices;
        this.estimator = estimator;
        this.spent = spent;
    }

    /**
     * What a line may use.
     *
     * @param model the model it asks, empty if that does not matter
     */
    record Estimate(String model, Use use) {
        static final Estimate NONE = new Estimate("", Use.NONE);
    }

    /** A model has no price, so that a budget of money cannot be held. */
    static final class NoPriceException extends Exception {
        private final String model;

        NoPriceException(String model) {
            super(model);
            this.model = model;
        }

        String model() {
            return model;
        }
    }

    /** What a line may use; nothing if neither prices nor a budget make it matter, or if it cannot be sent anyway. */
    Estimate estimate(ParsedLine line) throws NoPriceException {
        if (line.fault() != null || prices.isEmpty() && !bounds.isBudget()) {
            return Estimate.NONE;
        }
        try {
            JsonNode body = ChatBody.parse(line.api(), line.body());
            String model = body.path("model").asText();
            Estimator.Tokens tokens = estimator.of(line.api(), body);
            Optional<Use> priced = prices.of(model, tokens.prompt(), tokens.completion());
            if (priced.isEmpty() && bounds.nanos() > 0) {
                throw new NoPriceException(model);
            }
            return new Estimate(model, priced.orElse(new Use(tokens.prompt(), tokens.completion(), 0)));
        } catch (InvalidMessageException e) {
            return Estimate.NONE;
        }
    }

    /**
     * Makes room for a line, as soon as lines in hand leave it; false if there is none and there will be none.
     *
     * @param going whether it still makes sense to wait
     */
    synchronized boolean reserve(Estimate estimate, BooleanSupplier going) throws InterruptedException {
        while (!bounds.holds(spent.plus(reserved).plus(estimate.use()))) {
            if (reserved.equals(Use.NONE) || !going.getAsBoolean()) {
                return false;
            }
            wait(LOOK_AGAIN_MS);
        }
        reserved = reserved.plus(estimate.use());
        return true;
    }

    /** A line is no more in hand. */
    synchronized void settle(Estimate estimate, Use used) {
        reserved = reserved.minus(estimate.use());
        spent = spent.plus(used);
        notifyAll();
    }

    synchronized Use spent() {
        return spent;
    }

    /** What an answer says that it has used; the estimate if it says nothing. */
    Use used(Estimate estimate, byte[] answer) {
        try (JsonParser json = JSON.createParser(answer)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean usage = json.currentName().equals("usage");
                if (json.nextToken() == JsonToken.START_OBJECT && usage) {
                    return priced(estimate, json);
                }
                json.skipChildren();
            }
        } catch (IOException e) {
            return estimate.use(); // the answer was checked before: there is nothing to say here
        }
        return estimate.use();
    }

    private Use priced(Estimate estimate, JsonParser json) throws IOException {
        long prompt = 0;
        long completion = 0;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            long count = json.nextToken() == JsonToken.VALUE_NUMBER_INT ? Math.max(0, json.getLongValue()) : -1;
            if (count < 0) {
                json.skipChildren();
                continue;
            }
            switch (name) {
                case "prompt_tokens", "input_tokens" -> prompt = count; // a response has the other names
                case "completion_tokens", "output_tokens" -> completion = count;
                default -> {
                    // details
                }
            }
        }
        return prices.of(estimate.model(), prompt, completion).orElse(new Use(prompt, completion, 0));
    }
}
