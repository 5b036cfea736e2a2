package org.tvscm.demo.inference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A packaged model in the C that keras_tvscm wrote of it. */
public final class NativeRunner implements Runner {
    private static final String UNAVAILABLE = load();

    private final int model;
    private final ByteBuffer input;
    private final ByteBuffer output;
    private final ByteBuffer scratch;
    private final long inputAddress;
    private final long outputAddress;
    private final long scratchAddress;

    /**
     * @param name of the model, such as {@code mnist-fast}
     * @throws IllegalArgumentException none of that name is packaged
     * @throws IllegalStateException see {@link #unavailable}
     */
    public NativeRunner(String name) {
        if (UNAVAILABLE != null) {
            throw new IllegalStateException(UNAVAILABLE);
        }
        model = find(direct(name.getBytes(StandardCharsets.US_ASCII)));
        if (model < 0) {
            throw new IllegalArgumentException("no model in C is named " + name);
        }
        input = direct(new byte[inputBytes(model)]);
        output = direct(new byte[outputBytes(model)]);
        scratch = direct(new byte[scratchBytes(model)]);
        inputAddress = address(input);
        outputAddress = address(output);
        scratchAddress = address(scratch);
    }

    /** Why no model can be run in C here; null if all can. */
    public static String unavailable() {
        return UNAVAILABLE;
    }

    private static String load() {
        try {
            System.loadLibrary("tvscm");
            return null;
        } catch (UnsatisfiedLinkError error) {
            return "the library of the models in C is not in this build";
        }
    }

    private static ByteBuffer direct(byte[] content) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(content.length).order(ByteOrder.nativeOrder());
        buffer.put(content).rewind();
        return buffer;
    }

    @Override
    public ByteBuffer[] inputs() {
        return new ByteBuffer[] {input};
    }

    @Override
    public ByteBuffer[] outputs() {
        return new ByteBuffer[] {output};
    }

    @Override
    public void run() {
        predict(model, inputAddress, outputAddress, scratchAddress);
        output.rewind();
    }

    @Override
    public void close() {
        // The buffers are Java's.
    }

    private static native int find(ByteBuffer name);

    private static native int inputBytes(int model);

    private static native int outputBytes(int model);

    private static native int scratchBytes(int model);

    private static native long address(ByteBuffer buffer);

    private static native void predict(int model, long input, long output, long scratch);
}
