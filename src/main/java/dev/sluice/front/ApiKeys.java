package dev.sluice.front;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The keys that open the front ({@code rest.api-keys}). Only their SHA-256 is kept, and a key is compared with all of
 * them in constant time.
 *
 * <p>Keys are separated by commas, or are the lines of a file that {@code file:PATH} names. Each may say more about its
 * caller: {@code KEY;name=web;tenant=acme;weight=2;models=gpt-4o*|o3}. In the place of a key, {@code sha256:HEX} is its
 * digest, so that no file needs to hold it. Thread-safe.
 */
final class ApiKeys {
    private static final String FILE = "file:";
    private static final String DIGEST = "sha256:";
    private static final int SHORTEST = 8;

    private final List<Entry> entries;

    private record Entry(byte[] digest, Caller caller) {}

    private ApiKeys(List<Entry> entries) {
        this.entries = entries;
    }

    /** @throws IllegalArgumentException saying what is wrong, never with a key in it */
    static ApiKeys parse(String setting) {
        List<String> lines =
                setting.startsWith(FILE) ? lines(Path.of(setting.substring(FILE.length()))) : split(setting);
        List<Entry> entries = new ArrayList<>();
        for (String line : lines) {
            if (!line.isBlank() && !line.startsWith("#")) {
                entries.add(entry(line.strip(), entries.size() + 1));
            }
        }
        return new ApiKeys(entries);
    }

    /** How large the shares of tenants are beside each other, as far as keys say. */
    Map<String, Double> weights() {
        return entries.stream()
                .map(Entry::caller)
                .filter(caller -> !caller.tenant().isEmpty())
                .collect(Collectors.toMap(Caller::tenant, caller -> (double) caller.weight(), Math::max));
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    Optional<Caller> callerOf(String key) {
        byte[] digest = sha256(key);
        Optional<Caller> found = Optional.empty();
        for (Entry entry : entries) { // all of them, so that the time tells nothing
            if (MessageDigest.isEqual(entry.digest, digest)) {
                found = Optional.of(entry.caller);
            }
        }
        return found;
    }

    private static Entry entry(String line, int number) {
        String[] parts = line.split(";", -1);
        String name = "key-" + number;
        String tenant = "";
        int weight = 1;
        List<String> models = List.of();
        for (String part : Arrays.asList(parts).subList(1, parts.length)) {
            int equals = part.indexOf('=');
            String word = part.substring(0, Math.max(0, equals)).strip();
            String value = part.substring(equals + 1).strip();
            switch (word) {
                case "name" -> name = value;
                case "tenant" -> tenant = value;
                case "weight" -> weight = weight(value, number);
                case "models" -> models = List.of(value.split("\\|"));
                default -> throw wrong(number, "may be followed by ;name= ;tenant= ;weight= ;models=");
            }
        }
        return new Entry(digest(parts[0].strip(), number), new Caller(name, tenant, weight, models));
    }

    private static byte[] digest(String key, int number) {
        if (!key.startsWith(DIGEST)) {
            if (key.length() < SHORTEST) {
                throw wrong(number, "must have at least " + SHORTEST + " characters");
            }
            return sha256(key);
        }
        try {
            byte[] digest = HexFormat.of().parseHex(key.substring(DIGEST.length()));
            if (digest.length == 32) {
                return digest;
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw wrong(number, "must have 64 hexadecimal digits after sha256:");
    }

    private static int weight(String value, int number) {
        if (!value.matches("[1-9]\\d{0,3}")) {
            throw wrong(number, "must have a weight from 1 to 9999");
        }
        return Integer.parseInt(value);
    }

    private static IllegalArgumentException wrong(int number, String what) {
        return new IllegalArgumentException(
                "rest.api-keys: key %d %s; docs/rest.md has examples".formatted(number, what));
    }

    private static List<String> split(String setting) {
        return List.of(setting.split(","));
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "rest.api-keys: cannot read %s (%s); name a file with a key on each line".formatted(file, e));
        }
    }

    static byte[] sha256(String text) {
        return sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
