package org.tvscm.demo.inference;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.Test;
import org.tvscm.demo.Resources;
import org.tvscm.demo.preprocess.Quantization;

/** The app's kernels against those in Python, on rows of the test parts. */
public class KernelsTest {
    private static final int ROWS = 1000;

    /**
     * The build of TensorFlow Lite for Android rounds convolutions otherwise than Python's, with
     * built-in kernels, too (Python's 2.16.1 and 2.3 have the same bytes; of those with XNNPACK,
     * these are off in 5 to 18 outputs in 10,000): two layers of them put a score two steps away
     * at most.
     */
    private static final List<String> CONVOLUTIONS = Arrays.asList("stack", "fast");

    @Test
    public void builtInKernelsAgreeWithPythons() throws Exception {
        int models = 0;
        for (Catalogue.Task task : catalogue().tasks) {
            for (Catalogue.Model model : task.models) {
                try (Runner runner = litert(model, false)) {
                    byte[] outputs = outputs(runner, task, model.input);
                    if (CONVOLUTIONS.contains(model.network)) {
                        assertClose(model, task, outputs);
                    } else {
                        byte[] expected = Resources.bytes("golden/" + model.name + ".litert");
                        assertArrayEquals(model.name, expected, outputs);
                    }
                }
                models++;
            }
        }
        assertEquals(8, models);
    }

    @Test
    public void xnnpackAgreesWithThem() throws Exception {
        for (Catalogue.Task task : catalogue().tasks) {
            for (Catalogue.Model model : task.models) {
                try (Runner runner = litert(model, true)) {
                    assertClose(model, task, outputs(runner, task, model.input));
                }
            }
        }
    }

    @Test
    public void cEqualsTfliteMicro() throws Exception {
        for (Catalogue.Task task : catalogue().tasks) {
            for (Catalogue.Model model : task.models) {
                try (Runner runner = new NativeRunner(model.name)) {
                    byte[] expected = Resources.bytes("golden/" + model.name + ".c-outputs");
                    assertArrayEquals(
                            model.name, expected, outputs(runner, task, model.inputInC));
                }
            }
        }
    }

    /** The same class on 99.9 % of the rows, and scores at most so many steps away. */
    private static void assertClose(Catalogue.Model model, Catalogue.Task task, byte[] outputs)
            throws Exception {
        byte[] expected = Resources.bytes("golden/" + model.name + ".litert");
        int classes = task.labels.size();
        int allowed = CONVOLUTIONS.contains(model.network) ? 2 : 1;
        int others = 0;
        for (int row = 0; row < ROWS; row++) {
            int start = row * classes;
            for (int i = start; i < start + classes; i++) {
                int steps = Math.abs(outputs[i] - expected[i]);
                assertTrue(model.name + ", row " + row + ": " + steps, steps <= allowed);
            }
            if (largest(outputs, start, classes) != largest(expected, start, classes)) {
                others++;
            }
        }
        assertTrue(model.name + ": " + others + " other classes", others <= ROWS / 1000);
    }

    private static Catalogue catalogue() throws Exception {
        return new Catalogue(Resources.text("models.json"));
    }

    private static Runner litert(Catalogue.Model model, boolean xnnpack) throws Exception {
        return new LiteRtRunner(
                new PackagedFiles(Resources::open).direct(model.file()), xnnpack, 1);
    }

    private static byte[] outputs(Runner runner, Catalogue.Task task, Quantization input)
            throws Exception {
        byte[] rows = Resources.bytes("golden/" + task.name + ".rows");
        assertEquals(ROWS * task.features, rows.length);
        int classes = task.labels.size();
        byte[] outputs = new byte[ROWS * classes];
        for (int row = 0; row < ROWS; row++) {
            runner.inputs()[0].rewind();
            for (int i = 0; i < task.features; i++) {
                float real = (rows[row * task.features + i] & 255) / 255f;
                runner.inputs()[0].put(input.stored(real));
            }
            runner.run();
            runner.outputs()[0].get(outputs, row * classes, classes);
        }
        return outputs;
    }

    private static int largest(byte[] outputs, int start, int classes) {
        byte[] row = Arrays.copyOfRange(outputs, start, start + classes);
        int largest = 0;
        for (int i = 1; i < classes; i++) {
            if (row[i] > row[largest]) {
                largest = i;
            }
        }
        return largest;
    }
}
