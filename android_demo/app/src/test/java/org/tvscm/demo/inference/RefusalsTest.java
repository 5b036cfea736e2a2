package org.tvscm.demo.inference;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.Test;
import org.tvscm.demo.Resources;

public class RefusalsTest {
    @Test
    public void ofBytesThatAreNoModel() {
        IllegalArgumentException error =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> new LiteRtRunner(ByteBuffer.allocateDirect(64), true, 1));
        assertFalse(error.getMessage(), error.getMessage().contains("\n"));
        assertTrue(error.getMessage(), error.getMessage().contains("not a valid"));
    }

    @Test
    public void ofANameThatNoModelInCHas() {
        IllegalArgumentException error =
                assertThrows(
                        IllegalArgumentException.class, () -> new NativeRunner("mnist-fas"));
        assertEquals("no model in C is named mnist-fas", error.getMessage());
    }

    @Test
    public void ofADescriptionThatIsCutShort() {
        IllegalArgumentException error =
                assertThrows(IllegalArgumentException.class, () -> new Catalogue("{\"tasks\": ["));
        assertTrue(error.getMessage(), error.getMessage().startsWith("models.json: "));
    }

    @Test
    public void ofADamagedFile() throws Exception {
        int files = Resources.text("SHA256SUMS").split("\n").length;
        assertEquals(files, new PackagedFiles(Resources::open).verify());
        PackagedFiles damaged =
                new PackagedFiles(
                        name -> {
                            byte[] content = Resources.bytes(name);
                            if (name.equals("mnist-fast.tflite")) {
                                content[content.length / 2] ^= 1;
                            }
                            return new ByteArrayInputStream(content);
                        });
        IOException error = assertThrows(IOException.class, damaged::verify);
        assertTrue(
                error.getMessage(),
                error.getMessage().endsWith(
                        "mnist-fast.tflite: the file is damaged; install the app again"));
    }
}
