package dev.sluice.sandbox;

/**
 * One call that the sandbox has dealt with, as its record keeps it.
 *
 * @param arrivedNanos when it came, in nanoseconds since the sandbox started
 * @param model the model it asked for; empty if the request could not be read
 * @param status what it was answered; 0 if nothing was, because the connection was reset or the client went away
 * @param prompt the first 200 characters of the last user message; empty if the request could not be read
 * @param tokens what it was charged; 0 if it was refused
 * @param aborted whether the client went away before the end
 */
public record Call(long arrivedNanos, String model, int status, String prompt, long tokens, boolean aborted) {}
