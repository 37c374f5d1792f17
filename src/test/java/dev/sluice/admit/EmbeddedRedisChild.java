package dev.sluice.admit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A JVM with an embedded Redis, to be killed: prints the pid of its Redis, and at its own end whether Redis answers. */
final class EmbeddedRedisChild {
    private EmbeddedRedisChild() {}

    public static void main(String[] args) throws InterruptedException {
        EmbeddedRedis redis = TestRedis.start(Path.of(args[0]));
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> System.out.println("draining, redis answers: " + EmbeddedRedisTest.ping(redis.url()))));
        System.out.println(redis.pid());
        new CountDownLatch(1).await();
    }

    static Process start(Path folder) throws IOException {
        return start(folder, List.of());
    }

    /** As a terminal would: what is sent to the group reaches all that did not leave it. */
    static Process startInOwnGroup(Path folder) throws IOException {
        return start(folder, List.of("setsid"));
    }

    static long readPid(Process child) throws IOException {
        return Long.parseLong(child.inputReader(StandardCharsets.UTF_8).readLine());
    }

    private static Process start(Path folder, List<String> prefix) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                EmbeddedRedisChild.class.getName()));
        command.add(folder.toString());
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
