package org.tvscm.demo.benchmark;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.tvscm.demo.inference.Runner;

/** Times models that take microseconds, by timing many inferences at once. */
public final class Timing {
    /** Of a timed loop: far above the clock's grain, far below a time slice. */
    static final long LOOP_NANOSECONDS = 2_000_000;

    private Timing() {}

    /** Nanoseconds that so many inferences take in a row. */
    public static long nanoseconds(Runner runner, long times) {
        long start = System.nanoTime();
        for (long i = 0; i < times; i++) {
            runner.run();
        }
        return System.nanoTime() - start;
    }

    /** How many inferences take about LOOP_NANOSECONDS, found by running them: a warm-up, too. */
    public static long calibrate(Runner runner) {
        nanoseconds(runner, 1); // the first may still allocate
        long times = 1;
        long elapsed;
        while ((elapsed = nanoseconds(runner, times)) < LOOP_NANOSECONDS / 4) {
            times *= 2;
        }
        return Math.max(1, Math.round((double) times * LOOP_NANOSECONDS / elapsed));
    }

    /**
     * Time runners side by side: each once in a round, in an order that is drawn anew, so that a
     * phone which speeds up or slows down does so for all of them alike.
     *
     * @param rounds timed loops of each, at least 1.
     * @return a latency for each runner, in order.
     */
    public static List<Latency> measure(List<? extends Runner> runners, int rounds) {
        List<Integer> order = new ArrayList<>();
        List<Long> times = new ArrayList<>();
        for (Runner runner : runners) {
            order.add(order.size());
            times.add(calibrate(runner));
        }
        double[][] loops = new double[runners.size()][rounds];
        Random random = new Random(0);
        for (int round = 0; round < rounds; round++) {
            Collections.shuffle(order, random);
            for (int i : order) {
                loops[i][round] = (double) nanoseconds(runners.get(i), times.get(i)) / times.get(i);
            }
        }
        List<Latency> latencies = new ArrayList<>();
        for (double[] values : loops) {
            latencies.add(Latency.of(values));
        }
        return latencies;
    }
}
