package org.tvscm.demo.inference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;
import org.tensorflow.lite.Interpreter;
import org.tensorflow.lite.Tensor;

/** A {@code .tflite} model on TensorFlow Lite. */
public final class LiteRtRunner implements Runner {
    private final Interpreter interpreter;
    private final ByteBuffer[] inputs;
    private final ByteBuffer[] outputs;
    private final Map<Integer, Object> outputsByNumber = new HashMap<>();

    /**
     * @param model the file's bytes, in a direct buffer that stays as it is until {@link #close}
     * @param xnnpack whether XNNPACK's kernels run what they can; else the built-in ones do
     * @param threads at most so many
     * @throws IllegalArgumentException the bytes are no model that TensorFlow Lite can run
     */
    public LiteRtRunner(ByteBuffer model, boolean xnnpack, int threads) {
        Interpreter.Options options = new Interpreter.Options();
        options.setUseXNNPACK(xnnpack);
        options.setNumThreads(threads);
        interpreter = new Interpreter(model, options);
        try {
            interpreter.allocateTensors();
            inputs = buffers(interpreter.getInputTensorCount(), interpreter::getInputTensor);
            outputs = buffers(interpreter.getOutputTensorCount(), interpreter::getOutputTensor);
        } catch (RuntimeException error) {
            interpreter.close();
            throw new IllegalArgumentException(firstLine(error), error);
        }
        for (int i = 0; i < outputs.length; i++) outputsByNumber.put(i, outputs[i]);
    }

    private static ByteBuffer[] buffers(int count, IntFunction<Tensor> tensors) {
        ByteBuffer[] buffers = new ByteBuffer[count];
        for (int i = 0; i < count; i++) {
            int bytes = tensors.apply(i).numBytes();
            buffers[i] = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        }
        return buffers;
    }

    private static String firstLine(RuntimeException error) {
        return String.valueOf(error.getMessage()).split("\n", 2)[0];
    }

    @Override
    public ByteBuffer[] inputs() {
        return inputs;
    }

    @Override
    public ByteBuffer[] outputs() {
        return outputs;
    }

    @Override
    public void run() {
        for (ByteBuffer buffer : inputs) buffer.rewind();
        for (ByteBuffer buffer : outputs) buffer.rewind();
        interpreter.runForMultipleInputsOutputs(inputs, outputsByNumber);
        for (ByteBuffer buffer : outputs) buffer.rewind();
    }

    @Override
    public void close() {
        interpreter.close();
    }
}
