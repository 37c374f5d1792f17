package dev.sluice.bench;

import dev.sluice.admit.Race;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.redis.AbstractRedisProxyManagerBuilder;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Decisions a second beside other limiters, with 1, 16 and 64 callers, in one JVM on one Redis: see {@link Race}. */
record Races() implements Scenario {
    private static final List<Class<?>> CODE = List.of(
            Race.class, Bucket.class, AbstractRedisProxyManagerBuilder.class, Bucket4jLettuce.class, RedisClient.class);
    private static final Duration WITHIN = Duration.ofMinutes(6);

    @Override
    public Figures measure(Lab lab) throws IOException, InterruptedException {
        Scenario.say("race: 1, 16 and 64 callers");
        Child child = lab.java("race", lab.folder("race"), CODE, "1", "16", "64");
        Await.until("the figures", WITHIN, () -> child.log().lines().anyMatch("over"::equals) || !child.isAlive());
        Figures figures = new Figures();
        child.log().lines().filter(line -> line.startsWith("contender=")).forEach(line -> figures.add(row(line)));
        return figures;
    }

    private static Figures.Row row(String line) {
        Figures.Row row = new Figures.Row();
        for (String figure : line.split("\\|")) {
            String[] pair = figure.split("=", 2);
            row.text(pair[0], pair[1]);
        }
        return row;
    }
}
