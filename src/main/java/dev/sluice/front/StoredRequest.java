package dev.sluice.front;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request whose client does not wait for its answer, as it is kept on disk.
 *
 * @param id also the name of its file
 * @param at when it came
 */
record StoredRequest(
        String id,
        String path,
        String caller,
        String tenant,
        @Nullable String idempotencyKey,
        Instant at,
        byte[] body) {

    static StoredRequest of(FrontCall call, Instant at, byte[] body) {
        return new StoredRequest(
                call.id(), call.path(), call.caller().name(), call.caller().tenant(), call.idempotencyKey(), at, body);
    }

    /** Its caller, who may ask what was asked when it came. */
    Caller from() {
        return new Caller(caller, tenant, 1, List.of());
    }
}
