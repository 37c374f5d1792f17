package dev.sluice.front;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;

/**
 * Declares a request invalid that is not of HTTP/1.0 or HTTP/1.1: Vert.x would answer it with 501 under the name that the
 * client gave its protocol. Stands between the decoder and Vert.x.
 */
@Sharable
final class OnlyHttp1 extends ChannelInboundHandlerAdapter {
    /** What Vert.x calls its own handler. */
    static final String BEFORE = "handler";

    private static final DecoderResult UNKNOWN =
            DecoderResult.failure(new IllegalArgumentException("another protocol"));

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request
                && !request.protocolVersion().equals(HttpVersion.HTTP_1_1)
                && !request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
            request.setDecoderResult(UNKNOWN);
        }
        context.fireChannelRead(message);
    }
}
