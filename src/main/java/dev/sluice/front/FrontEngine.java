package dev.sluice.front;

import java.time.Duration;
import org.apache.camel.Processor;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.component.platform.http.spi.PlatformHttpConsumer;
import org.apache.camel.component.platform.http.spi.PlatformHttpEngine;

/** Makes {@code platform-http} routes listen at the front. */
final class FrontEngine implements PlatformHttpEngine {
    private final int port;
    private final String router;
    private final Front front;
    private final Duration patience;

    FrontEngine(int port, String router, Front front, Duration patience) {
        this.port = port;
        this.router = router;
        this.front = front;
        this.patience = patience;
    }

    @Override
    public PlatformHttpConsumer createConsumer(PlatformHttpEndpoint endpoint, Processor processor) {
        return new FrontConsumer(endpoint, processor, router, front, patience);
    }

    @Override
    public int getServerPort() {
        return port;
    }
}
