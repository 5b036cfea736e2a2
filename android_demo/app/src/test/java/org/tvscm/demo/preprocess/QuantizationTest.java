package org.tvscm.demo.preprocess;

import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class QuantizationTest {
    @Test
    public void roundsHalfToEvenAndClips() {
        Quantization quantization = new Quantization(0.5, 3);
        assertEquals(3, quantization.stored(0.25f));
        assertEquals(5, quantization.stored(0.75f));
        assertEquals(127, quantization.stored(1000f));
        assertEquals(-128, quantization.stored(-1000f));
        assertEquals(-2.5, quantization.real((byte) -2), 0);
    }
}
