package dev.sluice.doctor;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/**
 * What one check has found.
 *
 * @param check its name, a word or two
 * @param state whether it is well
 * @param found what was seen, without keys
 * @param remedy what to do; empty if there is nothing to do
 */
@JsonPropertyOrder({"check", "state", "found", "remedy"})
public record Finding(String check, State state, String found, String remedy) {

    /** How it is. */
    public enum State {
        /** Well. */
        OK,
        /** It works, but is not as it should be. */
        WARN,
        /** It does not work. */
        FAIL,
        /** Not looked at, since there is nothing to look at or an earlier check has failed. */
        SKIP
    }

    static Finding ok(String check, String found) {
        return new Finding(check, State.OK, found, "");
    }

    static Finding warn(String check, String found, String remedy) {
        return new Finding(check, State.WARN, found, remedy);
    }

    static Finding fail(String check, String found, String remedy) {
        return new Finding(check, State.FAIL, found, remedy);
    }

    static Finding skip(String check, String why) {
        return new Finding(check, State.SKIP, why, "");
    }
}
