package dev.sluice.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A request that is answered with 400. Has no stack trace: it is an answer, not a fault of the sandbox. */
final class InvalidRequestException extends Exception {
    private final transient ApiError error;

    private InvalidRequestException(ApiError error) {
        super(error.message(), null, false, false);
        this.error = error;
    }

    ApiError error() {
        return error;
    }

    static InvalidRequestException of(String message, @Nullable String param, @Nullable String code) {
        return new InvalidRequestException(ApiError.invalid(message, param, code));
    }

    static InvalidRequestException missing(String param) {
        return of("Missing required parameter: '%s'.".formatted(param), param, "missing_required_parameter");
    }

    static InvalidRequestException wrongType(String param, String wanted, JsonNode got) {
        String kind = got.getNodeType().name().toLowerCase(Locale.ROOT);
        return of(
                "Invalid type for '%s': expected %s, but got %s instead.".formatted(param, wanted, kind),
                param,
                "invalid_type");
    }
}
