package dev.sluice.bench;

import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;

/**
 * The baseline of the front: HTTP in and HTTP out in plain Camel, with a worker for each caller. A program of its own;
 * arguments: the base URL of the upstream, and the port to listen at.
 */
final class PlainFront extends RouteBuilder {
    private final String upstream;

    private PlainFront(String upstream) {
        this.upstream = upstream;
    }

    public static void main(String[] args) throws Exception {
        Main main = new Main();
        main.addInitialProperty("camel.main.auto-configuration-log-summary", "false");
        main.addInitialProperty("camel.server.enabled", "true");
        main.addInitialProperty("camel.server.port", args[1]);
        main.addInitialProperty("camel.component.http.automatic-retries-disabled", "true");
        main.addInitialProperty("camel.component.http.connections-per-route", Integer.toString(Contender.AT_ONCE));
        main.bind("workers", new io.vertx.core.VertxOptions().setWorkerPoolSize(Contender.AT_ONCE)); // else it has 20
        main.configure().addRoutesBuilder(new PlainFront(args[0]));
        main.run();
    }

    @Override
    public void configure() {
        from("platform-http:/v1/chat/completions?httpMethodRestrict=POST")
                .removeHeaders("CamelHttp*")
                .toF("%s/chat/completions?bridgeEndpoint=true&httpMethod=POST", upstream)
                .removeHeaders("Transfer-Encoding");
    }
}
