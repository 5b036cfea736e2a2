package org.tvscm.demo.benchmark;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.Test;
import org.tvscm.demo.inference.Runner;

/** Times of runners that take as long as they are told. */
public class TimingTest {
    private static Runner taking(long nanoseconds) {
        return new Runner() {
            @Override
            public ByteBuffer[] inputs() {
                return new ByteBuffer[0];
            }

            @Override
            public ByteBuffer[] outputs() {
                return new ByteBuffer[0];
            }

            @Override
            public void run() {
                long end = System.nanoTime() + nanoseconds;
                while (System.nanoTime() < end) {
                    continue;
                }
            }

            @Override
            public void close() {}
        };
    }

    @Test
    public void percentilesAreNumPys() {
        Latency latency = Latency.of(new double[] {4, 1, 2, 3});
        assertEquals(2.5, latency.median, 0);
        assertEquals(3.85, latency.p95, 1e-9);
        assertEquals(7, Latency.of(new double[] {7}).p95, 0);
        assertThrows(IllegalArgumentException.class, () -> Latency.of(new double[0]));
    }

    @Test
    public void aLoopTakesAboutTwoMilliseconds() {
        long times = Timing.calibrate(taking(20_000));
        assertTrue(String.valueOf(times), 1 <= times && times <= 100);
    }

    @Test
    public void runnersAreToldApart() {
        List<Latency> latencies = Timing.measure(Arrays.asList(taking(10_000), taking(50_000)), 3);
        assertTrue(latencies.get(0).median >= 10_000);
        assertTrue(latencies.get(1).median >= 50_000);
        assertTrue(latencies.get(0).median <= latencies.get(0).p95);
    }
}
