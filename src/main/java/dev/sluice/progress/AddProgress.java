package dev.sluice.progress;

import org.apache.camel.AggregationStrategy;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/** What is known of a job, together with what a node says of it; both bodies are a {@link Progress}. */
public final class AddProgress implements AggregationStrategy {

    @Override
    public @Nullable Exchange aggregate(@Nullable Exchange known, @Nullable Exchange said) {
        if (known != null && said != null) {
            said.getMessage().setBody(Progress.in(known).with(Progress.in(said)));
        }
        return said;
    }
}
