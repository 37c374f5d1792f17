package dev.sluice.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Each {@code direct:} and {@code seda:} endpoint that is called has a route that takes from it. A call is an endpoint to
 * send to, and any value that is such an address from end to end, for example the constant of a recipient list.
 */
final class CallCheck implements Check {
    private static final Pattern ADDRESS = Pattern.compile("(direct|seda):(?://)?([^?,\\s]+)(\\?\\S*)?");
    private static final Set<String> PROSE = Set.of("description", "note", "id", "message");

    /** A call or a consumer at a place; {@code address} as in {@code direct:x}, without options. */
    private record Use(RouteFile file, Node node, String address) {}

    @Override
    public void run(Bundle bundle, Findings findings) {
        List<Use> calls = new ArrayList<>();
        Set<String> consumed = new TreeSet<>();
        for (RouteFile file : bundle.files()) {
            Endpoint.in(file).forEach(endpoint -> collect(endpoint, calls, consumed));
            file.scalars().forEach(scalar -> values(file, scalar, calls));
        }
        boolean unknowable = consumed.stream().anyMatch(CallCheck::dynamic);
        for (Use call : calls) {
            if (!dynamic(call.address()) && !unknowable && !consumed.contains(call.address())) {
                findings.problem(
                        call.file().path(),
                        call.node(),
                        "'" + call.address() + "' is called, but no route takes from it",
                        Nearest.remedy(
                                call.address(), consumed, "add a route with 'from: {uri: " + call.address() + "}'"));
            }
        }
    }

    private static void collect(Endpoint endpoint, List<Use> calls, Set<String> consumed) {
        String address = endpoint.address();
        if (!address.startsWith("direct:") && !address.startsWith("seda:")) {
            return;
        }
        if (endpoint.role() == Endpoint.Role.SOURCE) {
            consumed.add(address);
        } else if (endpoint.role() == Endpoint.Role.TARGET) {
            calls.add(new Use(endpoint.file(), endpoint.node(), address));
        }
    }

    private static void values(RouteFile file, RouteFile.Scalar scalar, List<Use> calls) {
        Keys keys = scalar.keys();
        if (PROSE.contains(keys.last())
                || keys.names().contains("from") && keys.last().matches("from|uri")
                || keys.last().equals("uri")
                || keys.startsWith("interceptFrom")
                || keys.startsWith("interceptSendToEndpoint")) {
            return;
        }
        for (String part : scalar.text().split(",")) {
            Matcher matcher = ADDRESS.matcher(part.strip());
            if (matcher.matches()) {
                calls.add(new Use(file, scalar.node(), matcher.group(1) + ":" + matcher.group(2)));
            }
        }
    }

    private static boolean dynamic(String address) {
        return address.contains("{{") || address.contains("${") || address.contains("*");
    }
}
