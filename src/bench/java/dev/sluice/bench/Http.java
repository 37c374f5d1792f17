package dev.sluice.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Short requests to the processes under test; each fails after 5 s. */
final class Http {
    private static final int TIMEOUT_MS = 5_000;

    private Http() {}

    /** The body of a response with status 200; fails on any other. */
    static String get(URI uri) throws IOException {
        HttpURLConnection connection = open(uri, "GET");
        try (InputStream body = connection.getInputStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Whether something there answers 200. */
    static boolean isOk(URI uri) {
        try {
            get(uri);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Posts JSON. */
    static int post(URI uri, String json) throws IOException {
        HttpURLConnection connection = open(uri, "POST");
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/json");
        connection.getOutputStream().write(json.getBytes(StandardCharsets.UTF_8));
        int status = connection.getResponseCode();
        try (InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            if (body != null) {
                body.readAllBytes(); // or the connection could not be used again
            }
        }
        return status;
    }

    private static HttpURLConnection open(URI uri, String method) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT_MS);
        connection.setReadTimeout(TIMEOUT_MS);
        connection.setRequestMethod(method);
        return connection;
    }
}
