package dev.sluice.progress;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.component.redis.processor.aggregate.RedisAggregationRepository;
import org.apache.camel.spi.OptimisticLockingAggregationRepository;
import org.apache.camel.support.service.ServiceHelper;
import org.apache.camel.support.service.ServiceSupport;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;

/**
 * {@link Progress} by job, in Redis, by Camel's own repository: opened when there is a connection, so that a node may start
 * while Redis is away. Until then, and whenever Redis does not answer, whatever is asked fails. Counts only: it recovers nothing
 * (docs/adr/0017). Thread-safe.
 */
public final class SharedProgress extends ServiceSupport implements OptimisticLockingAggregationRepository {
    static final String MAP = "sluice:progress";

    /** A job of which nobody has said anything for so long is forgotten. */
    static final Duration FORGET = Duration.ofDays(1);

    private final Supplier<Optional<RedissonClient>> redis;
    private @Nullable RedisAggregationRepository repository;

    /** @param redis the client, empty while there is no connection */
    public SharedProgress(Supplier<Optional<RedissonClient>> redis) {
        this.redis = redis;
    }

    /** Of every job, by its name; forgets those that nobody goes on with. */
    public List<Progress> all(CamelContext camel, long now) {
        return getKeys().stream()
                .flatMap(job -> known(camel, job, now).stream())
                .sorted(Comparator.comparing(Progress::job))
                .toList();
    }

    private Optional<Progress> known(CamelContext camel, String job, long now) {
        Exchange exchange = get(camel, job);
        if (exchange == null) {
            return Optional.empty(); // it has just ended
        }
        Progress progress = Progress.in(exchange);
        if (progress.at() < now - FORGET.toMillis()) {
            remove(camel, job, exchange);
            return Optional.empty();
        }
        return Optional.of(progress);
    }

    @Override
    public @Nullable Exchange add(CamelContext camel, String job, @Nullable Exchange known, Exchange now)
            throws OptimisticLockingException {
        return repository().add(camel, job, known, now);
    }

    @Override
    public @Nullable Exchange add(CamelContext camel, String job, Exchange now) {
        throw new UnsupportedOperationException("the aggregator must lock optimistically: other nodes add too");
    }

    @Override
    public @Nullable Exchange get(CamelContext camel, String job) {
        return repository().get(camel, job);
    }

    @Override
    public void remove(CamelContext camel, String job, Exchange exchange) {
        Exchange kept = get(
                camel,
                job); // the aggregator has changed a property of the one that it got, so that no repository knows it
        if (kept == null || !Progress.in(kept).equals(Progress.in(exchange))) {
            throw new OptimisticLockingException();
        }
        repository().remove(camel, job, kept);
    }

    @Override
    public void confirm(CamelContext camel, String exchangeId) {
        // nothing is kept of what has ended
    }

    @Override
    public Set<String> getKeys() {
        return repository().getKeys();
    }

    @Override
    protected void doStop() {
        ServiceHelper.stopService(repository);
    }

    private synchronized RedisAggregationRepository repository() {
        if (repository == null) {
            RedisAggregationRepository opened = new RedisAggregationRepository(MAP, "", true);
            opened.setRedisson(redis.get().orElseThrow(() -> new IllegalStateException("Redis is not connected")));
            opened.setUseRecovery(false);
            ServiceHelper.startService(opened);
            repository = opened;
        }
        return repository;
    }
}
