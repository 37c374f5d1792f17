package dev.sluice.split;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.call.BrokenOffException;
import dev.sluice.call.NetworkFailure;
import dev.sluice.call.UpstreamException;
import dev.sluice.intake.Cancellation;
import dev.sluice.intake.CancelledException;
import dev.sluice.intake.Request;
import dev.sluice.intake.SluiceException;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Queue;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.jspecify.annotations.Nullable;

/**
 * The pieces of one attempt, for Camel's splitter to iterate over. A piece leaves before the next is read: who takes them
 * slowly slows the upstream down.
 *
 * <p>The splitter asks whether there is another piece before it sends the one in hand; therefore {@link #hasNext()} answers
 * without looking, and the end is a {@link #next()} of null. And it drains an iterator that fails; therefore a failure is
 * no exception here but an end, and {@link #answer()} tells it afterwards.
 *
 * <p>Used by one thread at a time.
 */
final class PieceStream implements Iterator<@Nullable Message>, Closeable {
    private static final String PROPERTY = "SluicePieceStream";

    private final Exchange exchange;
    private final Chunks chunks;
    private final SplitSettings settings;
    private final NetworkFailure networkFailure;
    private final Queue<Piece> ready = new ArrayDeque<>();
    private final PieceMaker maker;
    private boolean begun;
    private boolean over;
    private boolean ended;
    private @Nullable Exception failure;

    /** @param networkFailure says what a failure of the connection means */
    PieceStream(Exchange exchange, Chunks chunks, SplitSettings settings, NetworkFailure networkFailure) {
        this.exchange = exchange;
        this.chunks = chunks;
        this.settings = settings;
        this.networkFailure = networkFailure;
        this.maker = new PieceMaker(Request.id(exchange), Request.attempts(exchange), settings.unit(), ready::add);
    }

    /** The one of an exchange, or of one of its pieces; null if its answer is not split. */
    static @Nullable PieceStream of(Exchange exchange) {
        return exchange.getProperty(PROPERTY, PieceStream.class);
    }

    void on(Exchange of) {
        of.setProperty(PROPERTY, this);
    }

    static void remove(Exchange exchange) {
        exchange.removeProperty(PROPERTY);
    }

    @Override
    public boolean hasNext() {
        return !ended;
    }

    @Override
    public @Nullable Message next() {
        while (ready.isEmpty() && !over) {
            read();
        }
        Piece piece = ready.poll();
        if (piece != null) {
            begun = true;
            return piece.message(exchange);
        }
        ended = true;
        if (failure == null) {
            chunks.finish();
        }
        return null;
    }

    /** A piece could not be delivered: the attempt ends here. */
    void giveUp(Exception why) {
        if (!ended) {
            ended = true;
            failure = Cancellation.isCancelled(exchange) ? new CancelledException() : why;
            chunks.abort();
        }
    }

    @Override
    public void close() {
        giveUp(new IllegalStateException("the pieces of a streamed answer were not read to their end"));
    }

    /**
     * What the attempt came to: the completion; null if it is the body of the exchange already.
     *
     * @throws Exception if it came to nothing
     */
    @Nullable
    ObjectNode answer() throws Exception {
        if (failure != null) {
            throw failure;
        }
        return chunks instanceof AnswerStream stream ? stream.completion() : null;
    }

    private void read() {
        try {
            if (Cancellation.isCancelled(exchange)) {
                throw new CancelledException();
            }
            Chunks.Chunk chunk = chunks.next();
            if (chunk == null) {
                over = true;
                maker.end();
            } else {
                maker.add(chunk);
            }
        } catch (IOException e) {
            breakOff(networkFailure.of(exchange, e));
        } catch (SluiceException | RuntimeException e) {
            breakOff(e);
        }
    }

    private void breakOff(Exception why) {
        over = true;
        chunks.abort();
        ready.clear();
        failure = why;
        if (!begun || why instanceof CancelledException) {
            return;
        }
        if (settings.restart() == SplitSettings.Restart.VOID) {
            maker.giveUp();
        } else if (why instanceof UpstreamException e) { // a deadline is no failure of the upstream
            failure = new BrokenOffException(e);
        }
    }
}
