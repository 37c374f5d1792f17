package dev.sluice.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import java.io.File;
import java.io.IOException;
import java.io.InvalidClassException;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.DefaultExchangeHolder;
import org.junit.jupiter.api.Test;
import org.redisson.client.handler.State;

class ExchangeCodecTest {
    private final ExchangeCodec codec = new ExchangeCodec();

    @Test
    void keepsAnExchange() throws Exception {
        DefaultExchange exchange = new DefaultExchange(new DefaultCamelContext());
        exchange.getMessage().setBody("counts");

        DefaultExchange read = new DefaultExchange(new DefaultCamelContext());
        DefaultExchangeHolder.unmarshal(
                read, (DefaultExchangeHolder) again(DefaultExchangeHolder.marshal(exchange, true, true)));

        assertThat(read.getMessage().getBody()).isEqualTo("counts");
    }

    @Test
    void readsNoOtherClass() {
        assertThatThrownBy(() -> again(new ArrayList<>(List.of(new File("/etc/passwd")))))
                .isInstanceOf(InvalidClassException.class)
                .hasMessageContaining("REJECTED");
    }

    private Object again(Object value) throws IOException {
        ByteBuf bytes = codec.getValueEncoder().encode(value);
        return codec.getValueDecoder().decode(bytes, new State());
    }
}
