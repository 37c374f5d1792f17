package dev.sluice.front;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerFileUpload;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Takes a file that is sent as {@code multipart/form-data}: it goes to disk as it comes, never into memory. The body that the
 * routes see says where it is: {@code {"path","filename","purpose"}}. Whoever wants to keep it moves it before the request
 * is answered; then it is removed.
 */
final class Uploads implements Handler<RoutingContext> {
    static final String PATH = "/v1/files";

    private static final JsonMapper JSON = new JsonMapper();

    private final Path folder;
    private final long maxBytes;
    private final Duration patience;

    /**
     * @param folder exists
     * @param patience how long nothing may come of a file that has begun
     */
    Uploads(Path folder, long maxBytes, Duration patience) {
        this.folder = folder.toAbsolutePath();
        this.maxBytes = maxBytes;
        this.patience = patience;
    }

    /** Removes what was on its way when an earlier process was killed; nothing may be arriving. */
    static void forgetArriving(Path folder) throws IOException {
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, "upload-*.part")) {
            for (Path part : parts) {
                Files.deleteIfExists(part);
            }
        }
    }

    /** Whether a request may send a form instead of JSON. */
    static boolean isOne(HttpServerRequest request) {
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        return PATH.equals(request.path())
                && type != null
                && type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data");
    }

    /** A file on its way to disk. */
    private final class Arriving {
        private final Path part;
        private String name = "";
        private @Nullable Future<Void> written;
        private boolean refused;
        private long bytes;
        private long bytesBefore;

        private Arriving(String id) {
            this.part = folder.resolve("upload-" + id + ".part");
        }
    }

    @Override
    public void handle(RoutingContext ctx) {
        HttpServerRequest request = ctx.request();
        if (!isOne(request)) {
            Door.refuse(ctx, FrontError.wrong(415, "unsupported_media_type", "send multipart/form-data"));
            return;
        }
        Arriving file = new Arriving(Door.id(ctx));
        ctx.addEndHandler(end -> remove(ctx, file)); // no route has taken it, or it is not there any more
        request.setExpectMultipart(true);
        request.uploadHandler(upload -> take(upload, file));
        request.handler(part -> {
            file.bytes += part.length();
            if (file.bytes > maxBytes && !file.refused) {
                file.refused = true;
                Door.refuse(ctx, tooLarge());
                request.connection().close();
            }
        });
        long watch = ctx.vertx().setPeriodic(patience.toMillis(), look -> {
            if (file.bytes == file.bytesBefore) {
                file.refused = true;
                Door.refuse(ctx, ReadBody.slow(patience));
                request.connection().close();
            }
            file.bytesBefore = file.bytes;
        });
        request.exceptionHandler(broken -> ctx.vertx().cancelTimer(watch));
        request.endHandler(end -> {
            ctx.vertx().cancelTimer(watch);
            arrived(ctx, file);
        });
        request.resume();
    }

    private void take(HttpServerFileUpload upload, Arriving file) {
        if (upload.name().equals("file") && file.written == null && !file.refused) {
            file.name = upload.filename();
            file.written = upload.streamToFileSystem(file.part.toString());
        } else {
            upload.handler(part -> {}); // read and dropped
        }
    }

    private void arrived(RoutingContext ctx, Arriving file) {
        if (file.refused) {
            return;
        }
        if (file.written == null) {
            Door.refuse(ctx, FrontError.wrong(400, "missing_required_parameter", "the form has no file"));
            return;
        }
        String purpose = ctx.request().getFormAttribute("purpose");
        file.written.onComplete(done -> {
            if (done.failed()) {
                Door.refuse(ctx, FrontError.unavailable("cannot_write", "the file cannot be written here"));
                return;
            }
            ReadBody.is(
                    ctx,
                    Buffer.buffer(JSON.createObjectNode()
                            .put("path", file.part.toString())
                            .put("filename", file.name)
                            .put("purpose", purpose)
                            .toString()));
            ctx.next();
        });
    }

    private static void remove(RoutingContext ctx, Arriving file) {
        if (file.written != null) {
            file.written.onComplete(done -> ctx.vertx().fileSystem().delete(file.part.toString()));
        }
    }

    private FrontError tooLarge() {
        return FrontError.wrong(
                413,
                "request_too_large",
                "the file is larger than %d bytes (batch.max-file-bytes)".formatted(maxBytes));
    }
}
