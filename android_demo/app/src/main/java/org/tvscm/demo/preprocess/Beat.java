package org.tvscm.demo.preprocess;

/** A heartbeat as the networks' data set has it (see keras_tvscm/datasets/beats.py). */
public final class Beat {
    /** Samples of a row. */
    public static final int WIDTH = 187;

    /** Samples a second of the signal, of which every third is kept. */
    public static final int RATE = 360;

    private static final int STEP = 3;

    private Beat() {}

    /**
     * Every third sample, moved and stretched so that the beat spans 0 to 1, and cut or padded with
     * zeros to WIDTH.
     *
     * @param samples of the signal, in whatever unit
     * @param start the first sample of the beat
     * @param length its samples: up to the next beat, and a fifth of the interval after that
     * @throws IllegalArgumentException it is flat
     */
    public static float[] row(int[] samples, int start, int length) {
        int low = Integer.MAX_VALUE;
        int high = Integer.MIN_VALUE;
        for (int i = start; i < start + length; i += STEP) {
            low = Math.min(low, samples[i]);
            high = Math.max(high, samples[i]);
        }
        if (low >= high) {
            throw new IllegalArgumentException("a beat is flat from sample " + start + " on");
        }
        float[] row = new float[WIDTH];
        for (int i = 0; i < WIDTH && i * STEP < length; i++) {
            row[i] = (float) (samples[start + i * STEP] - low) / (float) (high - low);
        }
        return row;
    }
}
