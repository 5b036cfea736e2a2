package org.tvscm.demo.inference;

import java.nio.ByteBuffer;

/** A model that is ready to run, by one thread at a time. */
public interface Runner extends AutoCloseable {
    /** Direct buffers in native order, one a tensor; to be filled before {@link #run}. */
    ByteBuffer[] inputs();

    /** Direct buffers in native order, one a tensor, at position 0 after {@link #run}. */
    ByteBuffer[] outputs();

    /** Computes the outputs of the inputs, from their first byte on, wherever they are positioned. */
    void run();

    @Override
    void close();
}
