package dev.sluice.admit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.redisson.client.codec.BaseCodec;
import org.redisson.client.codec.StringCodec;
import org.redisson.client.handler.State;
import org.redisson.client.protocol.Decoder;
import org.redisson.client.protocol.Encoder;

/**
 * How Camel's repositories keep exchanges in Redis, where they do not choose: maps from names to exchanges in Java's
 * serialization. Whoever can write to Redis could put objects of any class there, so only those that are expected are read.
 */
public final class ExchangeCodec extends BaseCodec {
    private static final ObjectInputFilter EXPECTED = ObjectInputFilter.Config.createFilter(
            "maxbytes=1000000;maxdepth=20;org.apache.camel.support.DefaultExchangeHolder;dev.sluice.progress.*;"
                    + "java.lang.*;java.util.*;!*");

    @Override
    public Encoder getValueEncoder() {
        return ExchangeCodec::encoded;
    }

    @Override
    public Decoder<Object> getValueDecoder() {
        return ExchangeCodec::decoded;
    }

    @Override
    public Encoder getMapKeyEncoder() {
        return StringCodec.INSTANCE.getMapKeyEncoder();
    }

    @Override
    public Decoder<Object> getMapKeyDecoder() {
        return StringCodec.INSTANCE.getMapKeyDecoder();
    }

    private static ByteBuf encoded(Object exchange) throws IOException {
        ByteBuf bytes = Unpooled.buffer();
        try (ObjectOutputStream out = new ObjectOutputStream(new ByteBufOutputStream(bytes))) {
            out.writeObject(exchange);
        }
        return bytes;
    }

    private static Object decoded(ByteBuf bytes, State state) throws IOException {
        try (ObjectInputStream in = new ObjectInputStream(new ByteBufInputStream(bytes))) {
            in.setObjectInputFilter(EXPECTED);
            return in.readObject();
        } catch (ClassNotFoundException e) {
            throw new IOException("an exchange of another version is in Redis", e);
        }
    }
}
