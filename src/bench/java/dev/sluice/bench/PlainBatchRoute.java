package dev.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.builder.ThreadPoolProfileBuilder;
import org.apache.camel.main.Main;

/**
 * The baseline for a JSONL file: Camel's splitter, streaming and parallel, with as many threads as Sluice has calls in
 * flight, and one consumer that appends the answers. It knows no limit, remembers nothing, and forces nothing to disk.
 *
 * <p>A program of its own; its argument is the base URL of the upstream. It reads {@code in/in.jsonl} and writes
 * {@code out/out.jsonl} in the working directory.
 */
final class PlainBatchRoute extends RouteBuilder {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CALLS = "calls";

    private final String upstream;

    private PlainBatchRoute(String upstream) {
        this.upstream = upstream;
    }

    public static void main(String[] args) throws Exception {
        Main main = new Main();
        main.addInitialProperty("camel.main.auto-configuration-log-summary", "false");
        main.addInitialProperty("camel.component.http.automatic-retries-disabled", "true");
        main.addInitialProperty("camel.component.http.connections-per-route", Integer.toString(Contender.AT_ONCE));
        main.configure().addRoutesBuilder(new PlainBatchRoute(args[0]));
        main.run();
    }

    @Override
    public void configure() {
        getContext()
                .getExecutorServiceManager()
                .registerThreadPoolProfile(new ThreadPoolProfileBuilder(CALLS)
                        .poolSize(Contender.AT_ONCE)
                        .maxPoolSize(Contender.AT_ONCE)
                        .maxQueueSize(Contender.AT_ONCE)
                        .build());
        from("file:in?initialDelay=0&noop=true")
                .split(body().tokenize("\n"))
                .streaming()
                .parallelProcessing()
                .executorService(CALLS)
                .process(PlainBatchRoute::toChatBody)
                .toF("%s/chat/completions", upstream)
                .convertBodyTo(String.class)
                .to("seda:answers?size=1000&blockWhenFull=true")
                .end();
        from("seda:answers?size=1000").to("file:out?fileName=out.jsonl&fileExist=Append&appendChars=\\n");
    }

    private static void toChatBody(Exchange exchange) throws Exception {
        byte[] body = JSON.writeValueAsBytes(
                JSON.readTree(exchange.getMessage().getBody(String.class)).get("body"));
        exchange.getMessage().setBody(body);
        exchange.getMessage().setHeader(Exchange.HTTP_METHOD, "POST");
        exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, "application/json");
    }
}
