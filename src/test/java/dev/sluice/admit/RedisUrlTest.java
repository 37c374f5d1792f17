package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.redisson.config.SingleServerConfig;

class RedisUrlTest {

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            nullValues = "-",
            value = {
                "redis://127.0.0.1,                    redis://127.0.0.1:6379,        0, -,    -",
                "redis://127.0.0.1:7000/3,             redis://127.0.0.1:7000,        3, -,    -",
                "rediss://cache.example:6380,          rediss://cache.example:6380,   0, -,    -",
                "redis://:secret@cache.example:1/,     redis://cache.example:1,       0, -,    secret",
                "redis://secret@cache.example:1,       redis://cache.example:1,       0, -,    secret",
                "redis://anna:s%40c+r%2Fet@host:1,     redis://host:1,                0, anna, s@c+r/et",
                "redis://[::1]:6379,                   redis://[::1]:6379,            0, -,    -",
            })
    void readsAServer(String url, String address, int database, String user, String password) {
        SingleServerConfig server = RedisUrl.config(url).useSingleServer();

        assertThat(server.getAddress()).isEqualTo(address);
        assertThat(server.getDatabase()).isEqualTo(database);
        assertThat(server.getUsername()).isEqualTo(user);
        assertThat(server.getPassword()).isEqualTo(password);
    }

    @Test
    void neverSendsACommandTwice() {
        SingleServerConfig server = RedisUrl.config("redis://127.0.0.1").useSingleServer();

        assertThat(server.getRetryAttempts()).isZero();
        assertThat(server.getTimeout()).isEqualTo(250);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "127.0.0.1:6379",
                "redis://",
                "redis://:sec ret@host",
                "redis://:sec#ret@host",
                "redis://:secret@host:port",
                "http://:secret@host",
                "redis://:secret@host/one",
                "redis://:7/sec/ret@host",
                "redis://anna/secret@host:6379/0",
            })
    void saysWhatItWantsWithoutShowingAPassword(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RedisUrl.config(url))
                .withMessageStartingWith("redis.url ")
                .withMessageNotContaining("ret")
                .withNoCause();
    }

    @Test
    void readsARedissonFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("redisson.yaml"), """
                clusterServersConfig:
                  nodeAddresses:
                    - "redis://127.0.0.1:7001"
                    - "redis://127.0.0.1:7002"
                """);

        assertThat(RedisUrl.config("file:" + file).isClusterConfig()).isTrue();
    }

    @Test
    void saysWhichFileIsMissing() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RedisUrl.config("file:missing.yaml"))
                .withMessageStartingWith("redis.url names missing.yaml, which is no Redisson YAML file");
    }
}
