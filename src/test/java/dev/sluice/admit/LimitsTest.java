package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.admit.LimitRules.Rule;
import dev.sluice.intake.Checked;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which limit a call is charged to, and what it allows. */
class LimitsTest {
    private static final LimitRules RULES = new LimitRules(
            limit("default", 60),
            List.of(
                    Rule.of("*:gpt-4o*", limit("big", 100)),
                    Rule.of("*:gpt-4o-mini*", limit("mini", 200)),
                    Rule.of("eu.example:*", limit("europe", 300)),
                    Rule.of("one.of.(these", limit("odd", 400))));

    private final CamelContext camel = new DefaultCamelContext();
    private final WaitTimer timer = new WaitTimer("limits");
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final Limits limits = new Limits(
            RULES, null, tenant -> 1, Optional.empty(), FallbackLimiter.WithoutRedis.LOCAL, 100_000, timer, meters);

    private final AtomicLong now = new AtomicLong();
    private final AtomicReference<@Nullable Runnable> meanwhile = new AtomicReference<>();
    private final MeterRegistry itsMeters = new SimpleMeterRegistry();
    private final Limits aging = new Limits(
            RULES,
            null,
            tenant -> 1,
            Optional.empty(),
            FallbackLimiter.WithoutRedis.LOCAL,
            1,
            timer,
            itsMeters,
            this::nanos);

    @AfterEach
    void close() throws Exception {
        limits.close();
        aging.close();
        timer.shutdownNow();
        camel.close();
    }

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({
        "gpt-4o, big",
        "gpt-4o-2024-08-06, big",
        "gpt-4o-mini-2024-07-18, mini",
        "other, default",
        "xgpt-4, default",
    })
    void aPlainKeyIsForAllThatHaveNoLimitOfTheirOwn(String model, String charged) {
        assertThat(key("default").apply(exchange(model))).isEqualTo(charged);
    }

    @Test
    void aRouteMaySayWhichUpstreamItIs() {
        Exchange exchange = exchange("other");
        exchange.setProperty(LimitKey.UPSTREAM, "eu.example");

        assertThat(key("default").apply(exchange)).isEqualTo("europe");
    }

    @Test
    void anExpressionIsChargedToItsValueAndAllowsWhatFitsItBest() {
        LimitKey key = key("${exchangeProperty.SluiceUpstream}:${exchangeProperty.SluiceModel}");

        assertThat(key.apply(exchange("gpt-4o-mini"))).isEqualTo("api.example:gpt-4o-mini");
        assertThat(RULES.limit("api.example:gpt-4o-mini").requestsPerMinute()).isEqualTo(200);
        assertThat(RULES.limit("api.example:other").requestsPerMinute()).isEqualTo(60);
        assertThat(RULES.limit("big").requestsPerMinute()).isEqualTo(100);
        assertThat(RULES.limit("one.of.(these").requestsPerMinute()).isEqualTo(400);
    }

    @Test
    void anExpressionWithoutAValueIsTheDefault() {
        assertThat(key("${exchangeProperty.nothing}").apply(exchange("x"))).isEqualTo("default");
        assertThat(key("${header.nothing} ").apply(exchange("x"))).isEqualTo("default");
    }

    @Test
    void whatComesFromOutsideIsMadeAWord() {
        LimitKey key = key("${exchangeProperty.SluiceModel}");

        assertThat(key.apply(exchange("a{b}\u0000 c\nd\u00e9\"*"))).isEqualTo("a_b___c_d___");
        assertThat(key.apply(exchange("${header.x}"))).isEqualTo("__header.x_");
        Set<String> keys = new HashSet<>();
        for (String end : List.of("1", "2", "3")) {
            keys.add(key.apply(exchange("m".repeat(10_000) + end)));
        }
        assertThat(keys).hasSize(3).allSatisfy(each -> assertThat(each).hasSize(Names.LONGEST));
    }

    @Test
    void nameOfALimitIsAWord() {
        assertThatThrownBy(() -> Rule.of("*", limit("a.b", 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("limits.a.b");
    }

    @Test
    void eachLimitHasItsOwnSlots() {
        assertThat(delay("one")).isZero();
        assertThat(delay("other")).isZero();
        assertThat(delay("one")).isPositive();
    }

    @Test
    void whoInventsNamesGetsNoMoreLimitsThanThereAre() {
        for (int i = 0; i < Limits.MOST; i++) {
            assertThat(delay("invented-" + i)).isZero();
        }
        assertThat(delay("one-more")).isZero();
        assertThat(delay("and-another")).isPositive();

        assertThat(limits.known()).isEqualTo(Limits.MOST + 1);
        assertThat(meters.find("sluice.limiter.limits").gauge().value()).isEqualTo(Limits.MOST + 1);
    }

    @Test
    void whatWasNotUsedForAMinuteMakesRoom() {
        fill(aging);
        now.addAndGet(Duration.ofSeconds(40).toNanos());
        aging.prepare("invented-0");
        now.addAndGet(Duration.ofSeconds(40).toNanos());
        aging.prepare("one-more");

        assertThat(aging.known()).isEqualTo(Limits.MOST);
        assertThat(itsMeters
                        .find("sluice.limiter.cuts")
                        .tag("limit", "invented-0")
                        .meter())
                .as("used 40 s ago")
                .isNotNull();
        assertThat(itsMeters
                        .find("sluice.limiter.cuts")
                        .tag("limit", "one-more")
                        .meter())
                .isNotNull();
    }

    @Test
    void aLimitThatMakesRoomWhenItIsUsedAgainKeepsNoPlace() {
        fill(aging);
        now.addAndGet(Duration.ofSeconds(70).toNanos());
        for (int i = 1; i < Limits.MOST; i++) {
            aging.prepare("invented-" + i);
        }
        meanwhile.set(() -> aging.prepare("one-more"));
        Permit permit = aging.acquire(new Reservation("invented-0", 0, 0))
                .toCompletableFuture()
                .join();
        assertThat(meanwhile).hasNullValue();
        aging.settle(permit, Settlement.used(0)).toCompletableFuture().join();

        assertThat(aging.acquire(new Reservation("invented-7", 0, 0)))
                .as("the only place of the node is free")
                .isCompleted();
    }

    private static void fill(Limits limits) {
        for (int i = 0; i < Limits.MOST; i++) {
            limits.prepare("invented-" + i);
        }
    }

    /** What happens meanwhile happens when somebody looks at the clock. */
    private long nanos() {
        Runnable happens = meanwhile.getAndSet(null);
        if (happens != null) {
            happens.run();
        }
        return now.get();
    }

    private Duration delay(String key) {
        CompletableFuture<Permit> permit =
                limits.acquire(new Reservation(key, 0, 0)).toCompletableFuture();
        return permit.join().delay();
    }

    private LimitKey key(String key) {
        return new LimitKey(camel, key, RULES, "api.example");
    }

    private Exchange exchange(String model) {
        return Checked.exchange(camel, "hello", model);
    }

    private static Limit limit(String name, long requests) {
        return Limit.perMinute(name, requests, 1_000_000);
    }
}
