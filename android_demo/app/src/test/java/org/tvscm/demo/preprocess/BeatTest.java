package org.tvscm.demo.preprocess;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.junit.Test;
import org.tvscm.demo.Resources;

public class BeatTest {
    @Test
    public void equalsPythonBitForBit() throws Exception {
        EcgStrip strip = new EcgStrip(Resources.text("ecg.json"));
        FloatBuffer rows =
                ByteBuffer.wrap(Resources.bytes("preprocessing/ecg.rows"))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer();
        assertTrue(strip.beats.size() >= 100);
        assertEquals(strip.beats.size() * Beat.WIDTH, rows.remaining());
        float[] expected = new float[Beat.WIDTH];
        for (EcgStrip.Mark beat : strip.beats) {
            rows.get(expected);
            assertArrayEquals(expected, Beat.row(strip.samples, beat.start, beat.length), 0);
        }
    }

    @Test
    public void takesEveryThirdSampleAndStretchesThem() {
        float[] row = Beat.row(new int[] {9, 9, 9, -5, 99, 99, 15}, 0, 7);
        assertEquals(0.7f, row[0], 0);
        assertEquals(0f, row[1], 0);
        assertEquals(1f, row[2], 0);
        assertEquals(0f, row[3], 0);
    }

    @Test
    public void refusesAFlatBeat() {
        IllegalArgumentException error =
                assertThrows(
                        IllegalArgumentException.class, () -> Beat.row(new int[100], 10, 50));
        assertEquals("a beat is flat from sample 10 on", error.getMessage());
    }
}
