package dev.sluice.bench;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.TreeMap;

/** A program that answers a folder of messages. */
interface Contender {

    /** How many calls a contender may have in flight. */
    int AT_ONCE = 64;

    String name();

    /** Starts it as a process in that folder; it answers what is in the inbox, and goes on until it is stopped. */
    Child start(Lab lab, MessageFolder folder, URI upstream) throws IOException;

    /**
     * Sluice as it is shipped, with the folder intake.
     *
     * @param requestsPerMinute the limit that it keeps
     * @param more settings, as environment variables
     */
    record Sluice(int requestsPerMinute, Map<String, String> more) implements Contender {
        /** The highest limit that Sluice accepts: out of the way. */
        static final int NO_LIMIT = 60_000_000;

        Sluice(int requestsPerMinute) {
            this(requestsPerMinute, Map.of());
        }

        @Override
        public String name() {
            return "sluice";
        }

        @Override
        public Child start(Lab lab, MessageFolder folder, URI upstream) throws IOException {
            Map<String, String> settings = new TreeMap<>(Map.of(
                    "INTAKES",
                    "folder",
                    "UPSTREAM_URL",
                    upstream.toString(),
                    "FOLDER_INBOX",
                    MessageFolder.INBOX,
                    "FOLDER_OUTBOX",
                    MessageFolder.OUTBOX,
                    "FOLDER_FAILED",
                    MessageFolder.FAILED,
                    "FOLDER_DONE",
                    "done",
                    "REDIS_FOLDER",
                    "redis",
                    "LIMIT_REQUESTS_PER_MINUTE",
                    Integer.toString(requestsPerMinute),
                    "LIMIT_TOKENS_PER_MINUTE",
                    "2000000000",
                    "THROTTLE_MAX_CONCURRENT",
                    Integer.toString(AT_ONCE)));
            settings.putAll(more);
            return lab.sluice(name(), folder.root(), lab.withManagePort(settings), "run");
        }
    }

    /**
     * The {@link PlainRoute}, what one would write without Sluice.
     *
     * @param retries whether it tries a refused call again
     */
    record Plain(boolean retries) implements Contender {

        @Override
        public String name() {
            return "plain";
        }

        @Override
        public Child start(Lab lab, MessageFolder folder, URI upstream) throws IOException {
            return lab.java(name(), folder.root(), PlainRoute.class, upstream.toString(), Boolean.toString(retries));
        }
    }
}
