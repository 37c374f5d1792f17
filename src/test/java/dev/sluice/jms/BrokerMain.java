package dev.sluice.jms;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A broker as a process of its own; arguments: its folder and its port. */
final class BrokerMain {
    private BrokerMain() {}

    public static void main(String[] args) throws Exception {
        EmbeddedBroker.start(
                new BrokerSettings("", "", "", Path.of(args[0]), "127.0.0.1", Integer.parseInt(args[1])),
                new QueueNames("chat.requests", "chat.responses", "chat.pieces", "chat.dead"));
        new CountDownLatch(1).await();
    }
}
