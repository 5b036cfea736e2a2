package org.tvscm.demo.preprocess;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import org.junit.Test;
import org.tvscm.demo.Drawings;
import org.tvscm.demo.Resources;

public class MnistImageTest {
    private static final int PIXELS = MnistImage.SIDE * MnistImage.SIDE;

    @Test
    public void equalsPythonByteForByte() throws Exception {
        Drawings drawings = new Drawings();
        byte[] images = Resources.bytes("preprocessing/drawings.images");
        assertEquals(PIXELS * drawings.strokes.size(), images.length);
        assertTrue(drawings.strokes.size() >= 100);
        for (int i = 0; i < drawings.strokes.size(); i++) {
            byte[] expected = Arrays.copyOfRange(images, i * PIXELS, (i + 1) * PIXELS);
            byte[] image = MnistImage.of(Ink.of(drawings.strokes.get(i)));
            assertArrayEquals("drawing " + i, expected, image);
        }
    }

    @Test
    public void isEmptyWithoutInk() {
        assertArrayEquals(new byte[PIXELS], MnistImage.of(Ink.of(Collections.emptyList())));
    }

    @Test
    public void putsADotInTheCentre() {
        // Anywhere, here on the edge, where half of it is cut off.
        byte[] image = MnistImage.of(Ink.of(Collections.singletonList(new int[] {0, 1000})));
        assertEquals((byte) 255, image[14 * MnistImage.SIDE + 14]);
        int inked = 0;
        for (byte pixel : image) {
            inked += pixel == 0 ? 0 : 1;
        }
        // Half a disc, 10 pixels wide and 20 high, in a box of 20 x 20.
        assertTrue(inked + " pixels", inked > 140 && inked <= 200);
    }
}
