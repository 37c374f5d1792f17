package dev.sluice.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where runs take place: a temporary folder, and the processes started in it, all with the same JDK and the same JVM
 * options. Whatever happens, to {@link #close} the lab or to end this JVM ends them all.
 */
final class Lab implements AutoCloseable {
    static final String HEAP = "-Xmx512m";
    private static final String GC_LOG = "gc.log";

    private final Path sluice;
    private final Path root;
    private final String javaOptions;
    private final Set<Child> children = ConcurrentHashMap.newKeySet();
    private final Thread hook = new Thread(this::closeChildren, "bench-stop");
    private int folders;

    /**
     * @param sluice the distribution
     * @param root the temporary folder; must not exist
     * @param moreJavaOptions in addition to a heap of 512 MiB and a log of collections
     */
    Lab(Path sluice, Path root, String moreJavaOptions) throws IOException {
        this.sluice = sluice.toAbsolutePath();
        this.root = Files.createDirectories(root).toAbsolutePath();
        this.javaOptions = "%s -Xlog:gc:file=%s:uptime %s"
                .formatted(HEAP, GC_LOG, moreJavaOptions)
                .strip();
        if (!Files.isExecutable(program())) {
            throw new BenchException(
                    program() + " is not there; build the distribution first: mvn -q -DskipTests package");
        }
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** A new empty folder. */
    Path folder(String name) throws IOException {
        return Files.createDirectories(root.resolve("%02d-%s".formatted(++folders, name)));
    }

    /** Starts {@code bin/sluice} in a folder, with settings as environment variables. */
    Child sluice(String name, Path folder, Map<String, String> settings, String... arguments) throws IOException {
        Map<String, String> environment = new TreeMap<>(settings);
        environment.put("JAVA_HOME", javaHome().toString());
        environment.put("JAVA_OPTS", javaOptions);
        List<String> command = new ArrayList<>(List.of(program().toString()));
        command.addAll(List.of(arguments));
        return started(Child.start(name, command, environment, folder));
    }

    /** Starts a main class of the benchmark in a folder, on the libraries of the distribution. */
    Child java(String name, Path folder, Class<?> main, String... arguments) throws IOException {
        return java(name, folder, List.of(main), arguments);
    }

    /** The same with more libraries; {@code code} names a class of each, the main class first. */
    Child java(String name, Path folder, List<Class<?>> code, String... arguments) throws IOException {
        String libraries = code.stream().map(Lab::codeOf).map(Path::toString).collect(Collectors.joining(":"));
        List<String> command = new ArrayList<>();
        command.add(javaHome().resolve("bin").resolve("java").toString());
        command.addAll(List.of(javaOptions.split("\\s+")));
        command.addAll(List.of(
                "-cp",
                libraries + ":" + sluice.resolve("lib") + "/*",
                code.get(0).getName()));
        command.addAll(List.of(arguments));
        return started(Child.start(name, command, Map.of(), folder));
    }

    /** What the JVM in a folder has logged of its heap. */
    static Heap heap(Path folder) throws IOException {
        return Heap.read(folder.resolve(GC_LOG));
    }

    Map<String, String> withManagePort(Map<String, String> settings) throws IOException {
        Map<String, String> all = new TreeMap<>(settings);
        all.putIfAbsent("MANAGE_PORT", Integer.toString(freePort()));
        return all;
    }

    static URI health(Map<String, String> settings) {
        return URI.create("http://127.0.0.1:%s/observe/health".formatted(settings.get("MANAGE_PORT")));
    }

    /** One that was free a moment ago. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** The JDK of every child: JAVA_HOME, else the one that runs the benchmark. */
    static Path javaHome() {
        String home = System.getenv("JAVA_HOME");
        return Path.of(home == null || home.isEmpty() ? System.getProperty("java.home") : home);
    }

    /** Removes what a run has left, to have its disk space back. */
    void delete(Path folder) throws IOException {
        if (!folder.startsWith(root)) {
            throw new IllegalArgumentException(folder + " must be below " + root);
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(file);
            }
        }
    }

    /** The routes of the distribution. */
    Path routes() {
        return sluice.resolve("routes");
    }

    Path root() {
        return root;
    }

    @Override
    public void close() {
        closeChildren();
        Runtime.getRuntime().removeShutdownHook(hook);
    }

    private void closeChildren() {
        children.forEach(Child::close);
        children.clear();
    }

    private Child started(Child child) {
        children.removeIf(ended -> !ended.isAlive());
        children.add(child);
        return child;
    }

    private Path program() {
        return sluice.resolve("bin").resolve("sluice");
    }

    private static Path codeOf(Class<?> main) {
        try {
            return Path.of(
                    main.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
