package org.tvscm.demo.benchmark;

import java.util.Arrays;

/** Nanoseconds of an inference, over timed loops of which each is the mean of many. */
public final class Latency {
    public final double median;
    public final double p95;

    private Latency(double median, double p95) {
        this.median = median;
        this.p95 = p95;
    }

    /**
     * Of the loops' figures.
     *
     * @throws IllegalArgumentException there is none.
     */
    public static Latency of(double[] loops) {
        if (loops.length == 0) {
            throw new IllegalArgumentException("no loops; expected at least one");
        }
        double[] sorted = loops.clone();
        Arrays.sort(sorted);
        return new Latency(percentile(sorted, 0.5), percentile(sorted, 0.95));
    }

    /** Between the two nearest values, as NumPy does it. */
    private static double percentile(double[] sorted, double share) {
        double at = share * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
