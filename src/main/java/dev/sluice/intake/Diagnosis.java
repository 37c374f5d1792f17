package dev.sluice.intake;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a failure means to the person who has to do something about it: what happened, the likely causes (the likeliest
 * first) and the next step. The one table of it: records, log lines and docs/failures.md say the same.
 *
 * <p>A failure is told by its code, else by its status: upstreams have their own codes, but share the statuses. A code that
 * is no more than a type of many errors tells less than the status.
 */
public enum Diagnosis {
    KEY_REFUSED(
            Set.of("invalid_api_key", "authentication_error", "invalid_authentication"),
            Set.of(401),
            "the upstream does not accept the key",
            List.of(
                    "upstream.api-key (OPENAI_API_KEY) is not set in the environment of this process",
                    "the key was revoked, has expired, or has a typing error",
                    "the file of upstream.api-key was not renewed in time, if it is one",
                    "the key belongs to another provider than upstream.url",
                    "a proxy removes the header Authorization, or wants another"),
            "set the key, check it with bin/sluice doctor, restart, then send again what failed"),
    NOT_ALLOWED(
            Set.of("permission_error", "permission_denied", "unsupported_country_region_territory"),
            Set.of(403),
            "the key is known, but may not do this",
            List.of(
                    "the key's project may not use this model",
                    "the provider does not serve this region or address",
                    "a firewall in between refuses the call"),
            "allow the model for the key's project, or name another model or key"),
    NOT_FOUND(
            Set.of("model_not_found", "not_found_error"),
            Set.of(404),
            "the upstream does not know the model, or the address",
            List.of(
                    "the model's name is wrong, or it was retired",
                    "upstream.url is wrong: it must end in /v1, without /chat/completions"),
            "check the model's name in the message and upstream.url"),
    OUT_OF_MONEY(
            Set.of(
                    "insufficient_quota",
                    "credit_balance_exhausted",
                    "organization_usage_limit_exceeded",
                    "organization_spend_limit_exceeded",
                    "project_spend_limit_exceeded",
                    "enforced_spend_limit_reached",
                    "billing_hard_limit_reached"),
            Set.of(),
            "the account is out of money, or at its spending limit; this is not a rate limit, so waiting changes nothing",
            List.of("no credit is left", "a monthly limit of the organisation or the project is reached"),
            "add credit or raise the spending limit, then send again what failed"),
    REQUEST_LARGER_THAN_LIMIT(
            Set.of("request_larger_than_limit"),
            Set.of(),
            "the request alone is larger than the tokens of a minute, here or at the upstream; it would be refused for ever",
            List.of(
                    "a prompt that is too long, or a max_tokens that is too high",
                    "limit.tokens-per-minute is lower than what the account may use",
                    "the account may use no more"),
            "shorten the prompt or lower max_tokens; raise limit.tokens-per-minute if the account allows more"),
    RATE_LIMITED(
            Set.of("rate_limit_exceeded", "rate_limit_error", "slow_down"),
            Set.of(429),
            "the upstream refuses calls by rate, also after the retries",
            List.of(
                    "others use the same account beside Sluice",
                    "limit.requests-per-minute or limit.tokens-per-minute is higher than the account's",
                    "nodes without a common redis.url, each with the whole limit for itself"),
            "set limit.requests-per-minute and limit.tokens-per-minute to the account's, then send again what failed"),
    CONTEXT_TOO_LONG(
            Set.of("context_length_exceeded", "string_above_max_length"),
            Set.of(),
            "the prompt and the answer together are longer than the model takes",
            List.of("a long document or history in the prompt", "max_tokens leaves no room for the prompt"),
            "shorten the prompt, lower max_tokens, or name a model with a larger context, here or in retry.larger-models"),
    CONTENT_REFUSED(
            Set.of("content_policy_violation", "content_filter"),
            Set.of(),
            "the upstream refuses the content of the message",
            List.of("its content policy", "a filter of the deployment"),
            "change the message; the same one is refused again"),
    MESSAGE_WRONG(
            Set.of(
                    "empty_message",
                    "binary_message",
                    "invalid_json",
                    "unsupported_file_type",
                    "unsupported_message_type"),
            Set.of(),
            "what came is not a message; nothing was called",
            List.of("it was not meant for Sluice", "its sender wrote it wrong, or was not done"),
            "correct it as the message says, then put it into the inbox or the queue again"),
    TOO_LARGE(
            Set.of("message_too_large", "request_too_large"),
            Set.of(413),
            "the message is larger than is taken",
            List.of("folder.max-bytes, or the upstream's own limit"),
            "split or shorten it, or raise folder.max-bytes if the upstream takes more"),
    REQUEST_WRONG(
            Set.of("invalid_request_error"),
            Set.of(400, 405, 415, 422),
            "the request is wrong, in the eyes of the check or of the upstream",
            List.of("a missing or misspelt field", "a parameter that this model does not know"),
            "correct the chat body as the message says; the same one is refused again"),
    MOVED(
            Set.of(),
            Set.of(301, 302, 303, 307, 308),
            "the upstream sends elsewhere, which is not followed: the key would go there too",
            List.of("upstream.url says http where it should say https", "the API has moved", "a login page of a proxy"),
            "set upstream.url to where the API is"),
    NOT_SUPPORTED(
            Set.of(),
            Set.of(501, 505),
            "the server cannot do this at all",
            List.of("upstream.url is not an OpenAI-compatible API, or not this part of it"),
            "check upstream.url and the model"),
    CONFLICT(
            Set.of(),
            Set.of(408, 409, 425),
            "the upstream was not ready for the request, also after the retries",
            List.of("a slow connection to it", "a resource that is busy"),
            "send it again later"),
    OVERLOADED(
            Set.of("overloaded_error", "upstream_overloaded"),
            Set.of(503, 529),
            "the upstream is overloaded or down, also after the retries",
            List.of("too much demand for this model", "an outage of the provider", "a model server that is restarting"),
            "see the provider's status page; send again what failed when it is well"),
    UPSTREAM_FAULT(
            Set.of("server_error", "api_error", "internal_server_error"),
            Set.of(500, 502, 504, 520, 521, 522, 523, 524),
            "the upstream failed, also after the retries",
            List.of(
                    "a fault of the provider, or of a gateway before it",
                    "this very request makes it fail, if others succeed"),
            "send it again later; if it fails alone, shorten or change it"),
    DNS(
            Set.of("dns_failure"),
            Set.of(),
            "the name in upstream.url has no address",
            List.of("a typing error in upstream.url", "no network", "a DNS server that is away or filters"),
            "check upstream.url and the network: bin/sluice doctor"),
    CONNECT_REFUSED(
            Set.of("connect_refused"),
            Set.of(),
            "nobody listens at the address of the upstream",
            List.of("the server is down", "the port in upstream.url is wrong", "a firewall refuses"),
            "start the server or correct upstream.url: bin/sluice doctor"),
    CONNECT_TIMEOUT(
            Set.of("connect_timeout"),
            Set.of(),
            "no connection within upstream.connect-timeout-ms",
            List.of("a firewall that drops packets", "a proxy is needed", "the server is overwhelmed"),
            "check the way to the upstream: bin/sluice doctor"),
    NO_ROUTE(
            Set.of("no_route_to_host"),
            Set.of(),
            "no way leads to the address of the upstream",
            List.of("the network or VPN is down", "a firewall rejects"),
            "check the network: bin/sluice doctor"),
    TLS(
            Set.of("tls_failure"),
            Set.of(),
            "no trusted TLS connection could be made",
            List.of(
                    "the certificate is for another name, has expired, or is signed by an authority that Java does not trust",
                    "a proxy with a certificate of its own",
                    "upstream.url says https, and the server speaks http"),
            "check the certificate with bin/sluice doctor; add a company's authority to Java's trust store"),
    FIRST_BYTE_TIMEOUT(
            Set.of("first_byte_timeout"),
            Set.of(),
            "the upstream took the request and did not begin to answer within upstream.first-byte-timeout-ms",
            List.of("a long answer that is not streamed", "a model that thinks for long", "an overloaded server"),
            "raise upstream.first-byte-timeout-ms, or ask for a stream (\"stream\": true)"),
    IDLE_TIMEOUT(
            Set.of("idle_timeout"),
            Set.of(),
            "the answer began and then nothing came for upstream.idle-timeout-ms",
            List.of("an overloaded server", "a proxy that holds streams back", "a connection that broke unnoticed"),
            "send it again; raise upstream.idle-timeout-ms if the model pauses that long"),
    CONNECTION_LOST(
            Set.of("connection_lost"),
            Set.of(),
            "the connection broke before the answer was whole",
            List.of("a restart of the server", "a proxy or load balancer that closes long connections", "the network"),
            "send it again; if it always breaks after the same time, look for a time-out in between"),
    POOL_EXHAUSTED(
            Set.of("connection_pool_exhausted"),
            Set.of(),
            "no connection was free on this node",
            List.of("camel.component.http.max-total-connections is lower than throttle.max-concurrent"),
            "raise camel.component.http.connections-per-route and .max-total-connections"),
    TRUNCATED(
            Set.of("truncated"),
            Set.of(),
            "the answer was cut, empty, or not what it should be, in every attempt; a part is never taken for an answer",
            List.of(
                    "a server or proxy that ends long answers",
                    "the server failed in the middle of the answer",
                    "upstream.url is not a chat-completions API"),
            "send it again; lower max_tokens if it is always cut at the same length"),
    ANSWER_TOO_LARGE(
            Set.of("answer_too_large"),
            Set.of(),
            "the answer is longer than upstream.max-answer-bytes",
            List.of("a model that repeats itself", "n or max_tokens is very high"),
            "set max_tokens, or raise upstream.max-answer-bytes"),
    TOO_LATE(
            Set.of("deadline_exceeded"),
            Set.of(),
            "there was no answer within retry.deadline-ms, or within the time that its source gave it",
            List.of("failures and waits that took too long together; the message tells the last", "a very slow answer"),
            "send it again later, or raise retry.deadline-ms"),
    EXPIRED(
            Set.of("expired"),
            Set.of(),
            "the message expired in its queue before it was its turn; it was not called",
            List.of("its sender gave it little time to live", "more waits than the limit lets through in that time"),
            "send it again with a longer time to live, or with a higher priority"),
    UPSTREAM_DOWN(
            Set.of("upstream_down"),
            Set.of(),
            "the upstream is down for everybody, so this call was not made",
            List.of("an outage of the provider", "the network of this node"),
            "nothing: messages wait where they are, and go on by themselves"),
    POISON(
            Set.of("poison", "crashed_repeatedly"),
            Set.of(),
            "the process has ended unexpectedly several times while this message was in hand",
            List.of(
                    "it needs more memory than the process has",
                    "it meets a fault of the JVM or of a library",
                    "chance"),
            "look for OutOfMemoryError or a core dump at these times; send it alone, with a larger heap (JAVA_OPTS=-Xmx2g)"),
    DELIVERED_TOO_OFTEN(
            Set.of("delivered_too_often"),
            Set.of(),
            "the message was taken from its queue again and again without coming to an end",
            List.of(
                    "its answer could not be sent: the response queue, or the one in JMSReplyTo, refuses it",
                    "a step of your own in routes/ that rolls back",
                    "many restarts of Sluice in the middle of it"),
            "look in the log why it went back, mend that, then send it again"),
    DUPLICATE(
            Set.of("duplicate"),
            Set.of(),
            "the same request was answered before, under the same correlation id",
            List.of("its sender sent it twice"),
            "nothing; give every request that is another one a correlation id of its own"),
    PIECE_NOT_DELIVERED(
            Set.of("piece_not_delivered"),
            Set.of(),
            "whoever takes the pieces of its answer did not take one, so the call was ended",
            List.of("a step of your own in routes/ that takes pieces", "a full disk, or a queue that refuses"),
            "mend what the message names, then send it again"),
    STOPPING(
            Set.of("stopping"),
            Set.of(),
            "Sluice was stopped before the call",
            List.of("a stop or restart of the process"),
            "nothing: it is taken again after the start"),
    CANCELLED(
            Set.of("cancelled"),
            Set.of(499),
            "whoever sent the message has gone, or has called it off",
            List.of("a client that closed its connection, or its own time-out"),
            "nothing, unless the client's time-out is too short"),
    INTERNAL(
            Set.of("internal_error"),
            Set.of(),
            "a fault of Sluice or of a route",
            List.of("a step of your own in routes/", "a fault that should be reported"),
            "read the message; bin/sluice check tells what is wrong in routes/"),
    OTHER(
            Set.of(),
            Set.of(),
            "the upstream answered something that is not in this table",
            List.of("a code or status of this provider"),
            "look the code up in the provider's documentation");

    /** Types that upstreams give to errors of many kinds, OpenAI to a 401 without a key: the status tells more. */
    private static final Set<String> GENERAL =
            Set.of("invalid_request_error", "server_error", "api_error", "internal_server_error");

    private final Set<String> codes;
    private final Set<Integer> statuses;
    private final String happened;
    private final List<String> causes;
    private final String nextStep;

    Diagnosis(Set<String> codes, Set<Integer> statuses, String happened, List<String> causes, String nextStep) {
        this.codes = codes;
        this.statuses = statuses;
        this.happened = happened;
        this.causes = causes;
        this.nextStep = nextStep;
    }

    /**
     * @param code or the type, where an upstream gives no code
     * @param status of the upstream, 0 if there was no response
     */
    public static Diagnosis of(String code, int status) {
        Optional<Diagnosis> told = first(diagnosis -> diagnosis.codes.contains(code));
        Optional<Diagnosis> stood = first(diagnosis -> diagnosis.statuses.contains(status));
        return (GENERAL.contains(code) ? stood.or(() -> told) : told.or(() -> stood))
                .orElse(status >= 500 ? UPSTREAM_FAULT : status >= 400 ? REQUEST_WRONG : OTHER);
    }

    private static Optional<Diagnosis> first(Predicate<Diagnosis> which) {
        return Arrays.stream(values()).filter(which).findFirst();
    }

    /** A stranger's exception is a fault of Sluice or of a route. */
    public static Diagnosis of(Throwable failure) {
        return failure instanceof SluiceException e ? of(e.code(), e.status()) : INTERNAL;
    }

    /** Codes that tell it, whatever the status. */
    public Set<String> codes() {
        return codes;
    }

    /** Statuses that tell it, unless the code tells something else. */
    public Set<Integer> statuses() {
        return statuses;
    }

    /** What happened, for whoever does not know the protocol. */
    public String happened() {
        return happened;
    }

    /** The likeliest first. */
    public List<String> causes() {
        return causes;
    }

    public String nextStep() {
        return nextStep;
    }

    /** A message and what to do, for formats that have only one field for people. */
    public String after(String message) {
        return message + "; next: " + nextStep;
    }
}
