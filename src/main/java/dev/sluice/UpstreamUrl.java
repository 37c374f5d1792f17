package dev.sluice;

import java.net.URI;
import java.net.URISyntaxException;

/** The base URL of the upstream. */
final class UpstreamUrl {

    private UpstreamUrl() {}

    /** The URL without a slash at its end; fails with what to write if it cannot be one. */
    static String check(String url) {
        try {
            URI uri = new URI(url);
            boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            if (http
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null) {
                return url.replaceAll("/+$", "");
            }
        } catch (URISyntaxException e) {
            // said below
        }
        throw Settings.wrong(
                "upstream.url",
                withoutSecrets(url),
                "like https://api.openai.com/v1, without user, password, query or fragment");
    }

    /** As much of it as cannot be a secret, whatever a person typed: after the last @, and before any ? or #. */
    private static String withoutSecrets(String url) {
        return url.replaceFirst("(?s).*@", "***@").replaceFirst("(?s)[?#].*", "");
    }
}
