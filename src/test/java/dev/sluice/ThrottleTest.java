package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.builder.Builder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.ThrottleDefinition;
import org.apache.camel.processor.ConcurrentRequestsThrottler;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.UnitOfWorkHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Camel's throttle, one message at once: one has left, one is inside and takes long, a third comes 10 s later. */
class ThrottleTest {
    private final CamelContext camel = new DefaultCamelContext();
    private final HandDrivenTimer timer = new HandDrivenTimer();

    @BeforeEach
    void start() {
        camel.start();
    }

    @AfterEach
    void stop() throws Exception {
        timer.shutdownNow();
        camel.close();
    }

    @Test
    void withoutATimerItKeepsTheThirdOut() throws Exception {
        assertThat(letsTheThirdIn(Beans.noTimer())).isFalse();
    }

    /** Fails once Camel has mended it; then the routes need {@code noTimer} no more. */
    @Test
    void withATimerItForgetsTheSecond() throws Exception {
        assertThat(letsTheThirdIn(timer)).isTrue();
    }

    @Test
    void theShippedRouteHasNoTimer(@TempDir Path data) throws Exception {
        try (Node node = Node.start(data, Map.of("intakes", "folder"))) {
            var pipeline = ((ModelCamelContext) node.camel()).getRouteDefinition("pipeline");

            assertThat(ProcessorDefinitionHelper.filterTypeInOutputs(pipeline.getOutputs(), ThrottleDefinition.class))
                    .filteredOn(throttle -> throttle.getId().equals("throttle-concurrent"))
                    .extracting(ThrottleDefinition::getExecutorService)
                    .containsExactly("noTimer");
        }
    }

    private boolean letsTheThirdIn(ScheduledExecutorService executor) throws Exception {
        var throttle = new ConcurrentRequestsThrottler(camel, Builder.constant(1), executor, false, true, null);
        throttle.start();
        Exchange first = enter(throttle);
        UnitOfWorkHelper.doneSynchronizations(
                first, first.getExchangeExtension().handoverCompletions());
        assertThat(enter(throttle).getException()).isNull();
        timer.runAll();
        return enter(throttle).getException() == null;
    }

    private Exchange enter(ConcurrentRequestsThrottler throttle) {
        Exchange exchange = new DefaultExchange(camel);
        throttle.process(exchange, doneSync -> {});
        return exchange;
    }

    private static final class HandDrivenTimer extends ScheduledThreadPoolExecutor {
        private final List<Runnable> tasks = new ArrayList<>();

        HandDrivenTimer() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
            tasks.add(task);
            return super.schedule(() -> {}, 1, TimeUnit.HOURS);
        }

        void runAll() {
            tasks.forEach(Runnable::run);
        }
    }
}
