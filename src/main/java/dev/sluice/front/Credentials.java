package dev.sluice.front;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What opens the door. Thread-safe. */
interface Credentials {

    /**
     * For whom a key is good; empty: for nobody. Without a key only if {@link #letAnybodyIn()}.
     *
     * @throws IllegalStateException if that cannot be told now, which only happens where it {@link #mayBlock}
     */
    Optional<Caller> callerOf(@Nullable String key);

    /** Whether no key is wanted. */
    boolean letAnybodyIn();

    /** Whether it may take long to find out about this key. */
    boolean mayBlock(String key);

    /** Keys of the configuration; none of them opens for anybody. */
    static Credentials of(ApiKeys keys) {
        return new Credentials() {
            @Override
            public Optional<Caller> callerOf(@Nullable String key) {
                if (keys.isEmpty()) {
                    return Optional.of(Caller.ANYBODY);
                }
                return key == null ? Optional.empty() : keys.callerOf(key);
            }

            @Override
            public boolean letAnybodyIn() {
                return keys.isEmpty();
            }

            @Override
            public boolean mayBlock(String key) {
                return false;
            }
        };
    }
}
