package dev.sluice.front;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection whose request takes too long to come, which is how a few slow clients could hold them all, and one
 * that waits too long for its next request. Below HTTP, where the first byte of a request can be seen; lives on the
 * event loop of its connection.
 */
final class SlowRequests extends ChannelInboundHandlerAdapter {
    static final String NAME = "slow-requests";

    private final Duration requestTimeout;
    private final Duration idleTimeout;
    private @Nullable ChannelHandlerContext channel;
    private @Nullable Future<?> timeout;
    private boolean expecting = true;

    SlowRequests(Duration requestTimeout, Duration idleTimeout) {
        this.requestTimeout = requestTimeout;
        this.idleTimeout = idleTimeout;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        channel = context;
        closeAfter(requestTimeout); // who connects has something to ask
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
        if (expecting) {
            expecting = false;
            closeAfter(requestTimeout);
        }
        context.fireChannelRead(bytes);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        stop();
        context.fireChannelInactive();
    }

    /** The head of a request is there; how long its body may take is for others to say. */
    void requestBegins() {
        stop();
    }

    /** Its response has gone. */
    void responseEnds() {
        expecting = true;
        closeAfter(idleTimeout);
    }

    private void closeAfter(Duration time) {
        stop();
        ChannelHandlerContext context = channel;
        if (context != null && context.channel().isActive()) { // or a connection that is gone would be held that long
            Runnable close = context::close;
            timeout = context.executor().schedule(close, time.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void stop() {
        if (timeout != null) {
            timeout.cancel(false);
            timeout = null;
        }
    }
}
