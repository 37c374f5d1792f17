package dev.sluice.jms;

import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import org.jspecify.annotations.Nullable;

/** A connection factory that is made when the first connection is wanted, and again if that failed. Thread-safe. */
final class LazyConnectionFactory implements ConnectionFactory {
    private final Source source;
    private @Nullable ConnectionFactory made;

    LazyConnectionFactory(Source source) {
        this.source = source;
    }

    /** Makes it. */
    @FunctionalInterface
    interface Source {
        ConnectionFactory make() throws JMSException;
    }

    @Override
    public Connection createConnection() throws JMSException {
        return made().createConnection();
    }

    @Override
    public Connection createConnection(String user, String password) throws JMSException {
        return made().createConnection(user, password);
    }

    @Override
    public JMSContext createContext() {
        return madeUnchecked().createContext();
    }

    @Override
    public JMSContext createContext(String user, String password) {
        return madeUnchecked().createContext(user, password);
    }

    @Override
    public JMSContext createContext(String user, String password, int sessionMode) {
        return madeUnchecked().createContext(user, password, sessionMode);
    }

    @Override
    public JMSContext createContext(int sessionMode) {
        return madeUnchecked().createContext(sessionMode);
    }

    private synchronized ConnectionFactory made() throws JMSException {
        ConnectionFactory factory = made;
        if (factory == null) {
            factory = source.make();
            made = factory;
        }
        return factory;
    }

    private ConnectionFactory madeUnchecked() {
        try {
            return made();
        } catch (JMSException e) {
            throw new JMSRuntimeException(e.getMessage(), e.getErrorCode(), e);
        }
    }
}
