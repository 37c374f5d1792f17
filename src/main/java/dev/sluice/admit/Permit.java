package dev.sluice.admit;

import java.time.Duration;

/**
 * The right to start one call at one moment.
 *
 * @param id unique over all nodes
 * @param key the limit it was taken from
 * @param tokens what was reserved: the prompt and the completion, the latter cut so that both fit the limit
 * @param delay how long to wait from now, zero or more
 */
public record Permit(String id, String key, long tokens, Duration delay) {}
