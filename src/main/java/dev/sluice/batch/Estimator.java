package dev.sluice.batch;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.intake.Api;

/** Estimates what a body will use, before it is sent. */
@FunctionalInterface
public interface Estimator {

    Tokens of(Api api, JsonNode body);

    /**
     * Tokens.
     *
     * @param completion as many as the body allows, else an assumption; none for an embedding
     */
    record Tokens(long prompt, long completion) {}
}
