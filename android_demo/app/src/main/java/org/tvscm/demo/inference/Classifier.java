package org.tvscm.demo.inference;

import java.nio.ByteBuffer;
import org.tvscm.demo.preprocess.Quantization;

/** A model with real numbers at both ends. */
public final class Classifier {
    private final Runner runner;
    private final Quantization input;
    private final Quantization output;

    /**
     * @param runner int8 in and out, one tensor each
     * @param input of its input
     * @param output of its output
     */
    public Classifier(Runner runner, Quantization input, Quantization output) {
        this.runner = runner;
        this.input = input;
        this.output = output;
    }

    /**
     * @param row as many real numbers as the model takes
     * @return the probability of each class: the softmax of the model's scores
     */
    public double[] probabilities(float[] row) {
        ByteBuffer given = runner.inputs()[0];
        given.rewind();
        for (float value : row) {
            given.put(input.stored(value));
        }
        runner.run();
        ByteBuffer scores = runner.outputs()[0];
        double[] probabilities = new double[scores.remaining()];
        double highest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] = output.real(scores.get(i));
            highest = Math.max(highest, probabilities[i]);
        }
        double sum = 0;
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] = Math.exp(probabilities[i] - highest);
            sum += probabilities[i];
        }
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] /= sum;
        }
        return probabilities;
    }

    /** The first of the largest. */
    public static int largest(double[] probabilities) {
        int largest = 0;
        for (int i = 1; i < probabilities.length; i++) {
            if (probabilities[i] > probabilities[largest]) {
                largest = i;
            }
        }
        return largest;
    }
}
