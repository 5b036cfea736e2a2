package org.tvscm.demo.ui;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tvscm.demo.benchmark.Latency;
import org.tvscm.demo.benchmark.Timing;
import org.tvscm.demo.energy.Battery;
import org.tvscm.demo.energy.Estimate;
import org.tvscm.demo.energy.Reading;
import org.tvscm.demo.inference.Catalogue;
import org.tvscm.demo.inference.NativeRunner;
import org.tvscm.demo.inference.Runner;
import org.tvscm.demo.preprocess.Quantization;

/** Time and energy of two models on this phone. */
final class Measurement {
    private static final int ROUNDS = 50;
    private static final long STRETCH_NANOSECONDS = 20_000_000_000L;

    /** On TensorFlow Lite, in the models' order. */
    final List<Latency> litert;

    /** In C; null where there is none. */
    final List<Latency> c;

    /** On TensorFlow Lite. */
    final List<Estimate> energies;

    private Measurement(List<Latency> litert, List<Latency> c, List<Estimate> energies) {
        this.litert = litert;
        this.c = c;
        this.energies = energies;
    }

    /**
     * Takes a second, and a minute more where the battery has a counter and no cable charges it.
     *
     * @throws InterruptedException the thread was interrupted while the phone was left idle
     */
    static Measurement take(
            Models models, Catalogue.Task task, List<Catalogue.Model> compared, Battery battery)
            throws InterruptedException {
        List<Runner> runners = new ArrayList<>();
        try {
            float[] row = models.testRow(task);
            for (Catalogue.Model model : compared) {
                runners.add(filled(models.open(model), row, model.input));
            }
            if (NativeRunner.unavailable() == null) {
                for (Catalogue.Model model : compared) {
                    runners.add(filled(new NativeRunner(model.name), row, model.inputInC));
                }
            }
            // All in the same rounds.
            List<Latency> latencies = Timing.measure(runners, ROUNDS);
            int count = compared.size();
            List<Latency> c =
                    latencies.size() > count ? latencies.subList(count, 2 * count) : null;
            List<Estimate> energies = energies(runners.subList(0, count), battery);
            return new Measurement(latencies.subList(0, count), c, energies);
        } finally {
            for (Runner runner : runners) {
                runner.close();
            }
        }
    }

    private static Runner filled(Runner runner, float[] row, Quantization input) {
        ByteBuffer given = runner.inputs()[0];
        given.rewind();
        for (float value : row) {
            given.put(input.stored(value));
        }
        return runner;
    }

    private static List<Estimate> energies(List<Runner> runners, Battery battery)
            throws InterruptedException {
        List<Estimate> energies = new ArrayList<>();
        Reading first = battery.read();
        boolean hasCounter = first.unavailable == null;
        Reading[] idle = {first, first};
        long step = 0;
        if (hasCounter) {
            Thread.sleep(STRETCH_NANOSECONDS / 1_000_000);
            idle[1] = battery.read();
            step = step(idle, 0);
        }
        for (Runner runner : runners) {
            Reading[] active = idle;
            long inferences = 1;
            if (hasCounter) {
                Reading start = battery.read();
                inferences = 0;
                while (System.nanoTime() - start.nanoseconds < STRETCH_NANOSECONDS) {
                    Timing.nanoseconds(runner, 100);
                    inferences += 100;
                }
                active = new Reading[] {start, battery.read()};
                step = step(active, step);
            }
            energies.add(Estimate.of(idle, active, inferences, step));
        }
        return energies;
    }

    /** The smaller of a step of the counter, 0 if none is known, and the change between readings. */
    private static long step(Reading[] ends, long known) {
        if (ends[0].unavailable != null || ends[1].unavailable != null) {
            return known;
        }
        long change = Math.abs(ends[0].microampereHours - ends[1].microampereHours);
        return Arrays.stream(new long[] {known, change}).filter(n -> n > 0).min().orElse(0);
    }
}
