package dev.sluice;

import dev.sluice.admit.RedisLink;
import dev.sluice.admit.WaitTimer;
import dev.sluice.call.AskLargerModel;
import dev.sluice.call.Judge;
import dev.sluice.call.NetworkFailure;
import dev.sluice.call.PrepareCall;
import dev.sluice.call.RateHeaders;
import dev.sluice.call.ReadAnswer;
import dev.sluice.call.RetryDelay;
import dev.sluice.call.UpstreamClient;
import dev.sluice.call.UpstreamHeaders;
import dev.sluice.call.UpstreamKey;
import dev.sluice.intake.Deadline;
import dev.sluice.intake.Tally;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.apache.camel.processor.errorhandler.RedeliveryPolicy;
import org.jspecify.annotations.Nullable;

/** The wiring of the call: its client, what its answer means, and when it is made again. */
final class CallBeans {
    private final Wiring to;
    private final Settings settings;
    private final Tally tally;

    CallBeans(Wiring to, Tally tally) {
        this.to = to;
        this.settings = to.settings();
        this.tally = tally;
    }

    /**
     * @param timer for what takes too long
     * @param redis that the nodes share; null if there is none
     * @param retries where they wait
     * @param random jitter of these waits, from 0 to 1
     * @return what an answer of the upstream means, by the key that calls show
     */
    Judge bind(WaitTimer timer, @Nullable RedisLink redis, WaitTimer retries, DoubleSupplier random) {
        UpstreamKey key = UpstreamKeys.from(settings);
        Judge judge = judge(key);
        NetworkFailure networkFailure = new NetworkFailure(key);
        RateHeaders headers = new RateHeaders(settings.choices("limit.headers", RateHeaders.Family.class));
        int maxBytes = settings.integer("upstream.max-answer-bytes", 1, 1 << 30);
        to.bind("upstreamClient", new UpstreamClient(key, settings.millis("upstream.idle-timeout-ms", 1), timer));
        to.bind("upstreamHeaders", new UpstreamHeaders());
        to.bind("deadline", new Deadline(settings.millis("retry.deadline-ms", 1), to.clock()));
        to.bind("prepareCall", new PrepareCall());
        to.bind("readAnswer", new ReadAnswer(judge, headers, to.clock(), maxBytes));
        to.bind("networkFailure", networkFailure);
        to.bind(StreamBeans.from(settings, judge, networkFailure, timer));
        OutageBeans outage = outage(redis);
        to.bind(outage.beans());
        to.health("upstream", outage.health());
        to.onStopping(retries::hurry);
        to.bind("retryTimer", retries);
        Supplier<RedeliveryPolicy> policy =
                () -> to.camel().getRegistry().lookupByNameAndType("retryPolicy", RedeliveryPolicy.class);
        to.bind("askLargerModel", new AskLargerModel(policy, tally));
        to.bind("retryDelay", new RetryDelay(policy, retries, outage.outage(), tally, random));
        return judge;
    }

    /** The key must be the one that calls show: who refuses it has not seen another. */
    private Judge judge(UpstreamKey key) {
        return new Judge(
                key, Retries.rules(settings), settings.millis("retry.max-server-wait-ms", 0), to.clock(), tally);
    }

    private OutageBeans outage(@Nullable RedisLink redis) {
        String upstream = to.camel().resolvePropertyPlaceholders("{{upstream.url}}");
        return OutageBeans.of(settings, redis, upstream, to.clock(), to.timer(new WaitTimer("outage")), to.meters());
    }
}
