package dev.sluice.front;

import dev.sluice.intake.Tally;
import java.time.Clock;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the client, and the log, why there is no answer; of a fault of Sluice itself the client learns no more than that. */
public final class SendFailure implements Processor {
    private static final Logger LOG = LoggerFactory.getLogger(SendFailure.class);

    private final Tally tally;
    private final Clock clock;

    public SendFailure(Tally tally, Clock clock) {
        this.tally = tally;
        this.clock = clock;
    }

    @Override
    public void process(Exchange exchange) {
        tally.failed("rest");
        tell(
                FrontCall.of(exchange),
                Objects.requireNonNull(
                        exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class), "nothing has failed"),
                clock);
    }

    static void tell(FrontCall call, Throwable failure, Clock clock) {
        FrontError error = FrontError.of(failure, call.id(), clock.instant());
        if (error.status() == 500) {
            LOG.warn(
                    "request={} caller={} failed by a fault of Sluice or of a route",
                    call.id(),
                    call.caller().name(),
                    failure);
        } else {
            LOG.info(
                    "request={} caller={} failed status={} code={}: {}",
                    call.id(),
                    call.caller().name(),
                    error.status(),
                    error.code(),
                    error.message());
        }
        call.reply().failure(error);
    }
}
