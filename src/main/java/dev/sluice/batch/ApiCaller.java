package dev.sluice.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.intake.AllowedModels;
import dev.sluice.intake.HttpCall;
import java.util.ArrayList;
import java.util.List;

/**
 * Who calls the Batch API; kept beside each object, since a batch goes on after a restart for who created it.
 *
 * @param name whose files and batches these are
 * @param tenant whose share of the limit lines take; empty: nobody's in particular
 * @param models what lines may ask
 */
record ApiCaller(String name, String tenant, AllowedModels models) {
    private static final String OWNER = "owner";
    private static final String TENANT = "tenant";
    private static final String MODELS = "models";

    static ApiCaller of(HttpCall call) {
        return new ApiCaller(call.caller(), call.tenant(), call.models());
    }

    /** Takes it off an object that was stored. */
    static ApiCaller takenOff(ObjectNode object) {
        String tenant = object.path(TENANT).asText();
        List<String> models = new ArrayList<>();
        for (JsonNode model : object.path(MODELS)) {
            models.add(model.asText());
        }
        String owner = object.path(OWNER).asText();
        object.remove(List.of(OWNER, TENANT, MODELS));
        return new ApiCaller(owner, tenant, new AllowedModels(models));
    }

    void putOn(ObjectNode object) {
        object.put(OWNER, name).put(TENANT, tenant);
        models.names().forEach(object.putArray(MODELS)::add);
    }

    boolean owns(ApiCaller owner) {
        return owner.name.equals(name);
    }
}
