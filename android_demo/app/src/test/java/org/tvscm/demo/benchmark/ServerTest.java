package org.tvscm.demo.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.json.JSONObject;
import org.junit.Test;
import org.tvscm.demo.inference.Runner;

/** Every request has one answer, whatever it is; the harness's side is Python's. */
public class ServerTest {
    private int closed;

    /** Doubles each of two bytes. */
    private final class Doubling implements Runner {
        private final ByteBuffer[] input = {ByteBuffer.allocateDirect(2)};
        private final ByteBuffer[] output = {ByteBuffer.allocateDirect(2)};

        @Override
        public ByteBuffer[] inputs() {
            return input;
        }

        @Override
        public ByteBuffer[] outputs() {
            return output;
        }

        @Override
        public void run() {
            for (int i = 0; i < 2; i++) output[0].put(i, (byte) (2 * input[0].get(i)));
        }

        @Override
        public void close() {
            closed++;
        }
    }

    private Runner load(ByteBuffer model, String kernels, int threads) {
        if (model.get(0) != 'm') throw new IllegalArgumentException("not a model");
        return new Doubling();
    }

    /** The answers to messages, up to the end of them. */
    private List<byte[]> answers(byte[]... messages) throws IOException {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        Messages sending = new Messages(new ByteArrayInputStream(new byte[0]), sent);
        for (byte[] message : messages) sending.send(message);
        return answersTo(sent.toByteArray());
    }

    private List<byte[]> answersTo(byte[] stream) throws IOException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        Messages messages = new Messages(new ByteArrayInputStream(stream), said);
        new Server(messages, this::load, JSONObject::new, "1.2.3").serve();
        Messages received =
                new Messages(
                        new ByteArrayInputStream(said.toByteArray()), new ByteArrayOutputStream());
        List<byte[]> answers = new ArrayList<>();
        for (byte[] answer; (answer = received.receive()) != null; ) answers.add(answer);
        return answers;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    @Test
    public void saysWhatItIs() throws Exception {
        JSONObject info = new JSONObject(new String(answers(bytes("info")).get(0), UTF_8));
        assertEquals("1.2.3", info.getString("version"));
        assertEquals(Server.PROTOCOL, info.getInt("protocol"));
        assertEquals(System.getProperty("java.vm.name"), info.getString("vm"));
    }

    @Test
    public void predictsRowAfterRow() throws Exception {
        List<byte[]> answers =
                answers(
                        bytes("load xnnpack 1 1"), bytes("m"), new byte[] {9, 9},
                        bytes("predict 0"), new byte[] {1, 2, 3, 4, 5, -6});
        assertEquals("0", new String(answers.get(0), UTF_8));
        assertEquals("3", new String(answers.get(1), UTF_8));
        assertArrayEquals(new byte[] {2, 4, 6, 8, 10, -12}, answers.get(2));
        assertEquals(1, closed);
    }

    @Test
    public void timesInNanoseconds() throws Exception {
        List<byte[]> answers =
                answers(
                        bytes("load builtin 1 1"), bytes("m"), new byte[2],
                        bytes("time 0 1"), bytes("time 0 1000000"), bytes("cold 0"),
                        bytes("spin"), bytes("peak"));
        for (byte[] answer : answers.subList(1, 6)) {
            assertTrue(Long.parseLong(new String(answer, UTF_8)) > 0);
        }
        long few = Long.parseLong(new String(answers.get(1), UTF_8));
        assertTrue(Long.parseLong(new String(answers.get(2), UTF_8)) > few);
    }

    @Test
    public void refusesAndGoesOn() throws Exception {
        List<byte[]> answers =
                answers(
                        bytes("load xnnpack 1 1"), bytes("no"), new byte[2],
                        bytes("load xnnpack 1 2"), bytes("m"), new byte[2], new byte[2],
                        bytes("load xnnpack 1 1"), bytes("m"), new byte[3],
                        bytes("load xnnpack 1 1"), bytes("m"), new byte[2],
                        bytes("predict 0"), new byte[3],
                        bytes("time 1 1"), bytes("time 0"), bytes("time 0 -1"), bytes("fly"),
                        bytes("time 0 1"));
        String[] expected = {
            "not a model", "1 inputs; 2 were given", "2 bytes; given: 3", null,
            "3 bytes; expected rows of 2", "a model below 1", "expected a model", "-1 is below 0",
            "unknown request fly", null
        };
        assertEquals(expected.length, answers.size());
        for (int i = 0; i < expected.length; i++) {
            String answer = new String(answers.get(i), UTF_8);
            assertEquals(answer, expected[i] != null, answer.startsWith("error "));
            if (expected[i] != null) assertTrue(answer, answer.contains(expected[i]));
        }
        // The two that were refused for their inputs, and the one that was loaded.
        assertEquals(3, closed);
    }

    @Test
    public void endsWhereAMessageIsCutShort() {
        assertThrows(EOFException.class, () -> answersTo(new byte[] {0, 0, 0, 9, 'i'}));
        IOException error =
                assertThrows(IOException.class, () -> answersTo(new byte[] {127, 0, 0, 0}));
        assertTrue(error.getMessage().endsWith("expected 0 to 67108864"));
    }
}
