package dev.sluice.batch;

import com.fasterxml.jackson.databind.JsonNode;

/** Estimates what a chat body will use, before it is sent. */
@FunctionalInterface
public interface Estimator {

    Tokens of(JsonNode body);

    /**
     * Tokens.
     *
     * @param completion as many as the body allows, else an assumption
     */
    record Tokens(long prompt, long completion) {}
}
