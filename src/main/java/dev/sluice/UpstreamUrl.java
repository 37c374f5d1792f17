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
            if (http && uri.getHost() != null && uri.getRawUserInfo() == null && uri.getRawQuery() == null) {
                return url.replaceAll("/+$", "");
            }
        } catch (URISyntaxException e) {
            // said below
        }
        throw Settings.wrong(
                "upstream.url",
                url.replaceAll("//[^/]*@", "//***@"),
                "like https://api.openai.com/v1, without user, password or query");
    }
}
