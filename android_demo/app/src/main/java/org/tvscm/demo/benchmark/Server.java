package org.tvscm.demo.benchmark;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.File;
import java.io.FileReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.zip.CRC32;
import org.json.JSONArray;
import org.json.JSONObject;
import org.tvscm.demo.inference.Runner;

/**
 * Runs and times models for the harness (eval/runtimes/android). Each request is a message, and
 * each answer:
 *
 * <pre>
 * info            JSON: the app's version, the protocol's, the virtual machine
 * pin MASK        keep this process on some processors, hexadecimal; the mask that it has then
 * load KERNELS THREADS N
 *                 followed by a model and its N inputs, as it stores them; a number, the model's
 * predict K       followed by rows, one after another; their number, and then, in a message of
 *                 its own, as many rows of output
 * time K N        nanoseconds of N inferences of model K in a row
 * cold K          of one inference after other data has filled the caches
 * spin            of a fixed piece of work
 * peak            bytes that this process has held at most
 * energy          JSON: what the battery's counters say
 * </pre>
 *
 * <p>An answer that begins with "error" gives the reason, as a list of JSON.
 */
public final class Server {
    /** Counts up where a request changes its name or meaning. */
    public static final int PROTOCOL = 1;

    // Fixed work, in cache: about a millisecond.
    private static final int BLOCK = 32 * 1024;
    private static final int BLOCKS = 32;
    // More than the last cache of a phone's processor.
    private static final int CACHES = 32 * 1024 * 1024;

    /** Makes a model ready to run. */
    public interface Loader {
        /**
         * @throws IllegalArgumentException it is no model that these kernels run.
         */
        Runner load(ByteBuffer model, String kernels, int threads);
    }

    private final Messages messages;
    private final Loader loader;
    private final Callable<JSONObject> battery;
    private final String version;
    private final List<Runner> runners = new ArrayList<>();
    private final byte[] block = new byte[BLOCK];
    private long[] caches;

    /**
     * @param loader of the models.
     * @param battery reads its counters.
     * @param version the app's.
     */
    public Server(
            Messages messages, Loader loader, Callable<JSONObject> battery, String version) {
        this.messages = messages;
        this.loader = loader;
        this.battery = battery;
        this.version = version;
    }

    /**
     * Answer requests until the other end is closed.
     *
     * @throws IOException it is closed within a message.
     */
    public void serve() throws IOException {
        try {
            byte[] request;
            while ((request = messages.receive()) != null) {
                String answer;
                byte[] more = null;
                try {
                    String[] words = new String(request, StandardCharsets.UTF_8).split(" ");
                    if (words[0].equals("predict")) {
                        Runner runner = runner(words, 2);
                        byte[] rows = required();
                        more = predict(runner, rows);
                        answer = String.valueOf(rows.length / size(runner.inputs()[0]));
                    } else {
                        answer = answer(words);
                    }
                } catch (EOFException closed) {
                    throw closed;
                } catch (Exception | OutOfMemoryError error) {
                    answer = "error " + new JSONArray(Arrays.asList(error.toString(), ""));
                }
                messages.send(answer.getBytes(StandardCharsets.UTF_8));
                if (more != null) {
                    messages.send(more);
                }
            }
        } finally {
            for (Runner runner : runners) {
                runner.close();
            }
        }
    }

    private String answer(String[] words) throws Exception {
        switch (words[0]) {
            case "info":
                return info();
            case "pin":
                return pin(word(words, 1));
            case "load":
                return load(word(words, 1), number(words, 2), number(words, 3));
            case "time":
                return String.valueOf(Timing.nanoseconds(runner(words, 3), number(words, 2)));
            case "cold":
                return String.valueOf(cold(runner(words, 2)));
            case "spin":
                return String.valueOf(spin());
            case "peak":
                return String.valueOf(peakBytes());
            case "energy":
                return battery.call().toString();
            default:
                throw new IllegalArgumentException("unknown request " + words[0]);
        }
    }

    private String info() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("version", version);
        facts.put("protocol", PROTOCOL);
        facts.put("vm", System.getProperty("java.vm.name"));
        return new JSONObject(facts).toString();
    }

    private String load(String kernels, int threads, int inputs) throws IOException {
        // All messages are read before anything is refused: the next one is a request.
        byte[] content = required();
        byte[][] given = new byte[inputs][];
        for (int i = 0; i < inputs; i++) {
            given[i] = required();
        }
        ByteBuffer model = ByteBuffer.allocateDirect(content.length).order(ByteOrder.nativeOrder());
        model.put(content).rewind();
        Runner runner = loader.load(model, kernels, threads);
        try {
            fill(runner.inputs(), given);
            runner.run();
        } catch (RuntimeException error) {
            runner.close();
            throw error;
        }
        runners.add(runner);
        return String.valueOf(runners.size() - 1);
    }

    private static void fill(ByteBuffer[] inputs, byte[][] given) {
        if (inputs.length != given.length) {
            throw new IllegalArgumentException(
                    "the model has " + inputs.length + " inputs; " + given.length + " were given");
        }
        for (int i = 0; i < given.length; i++) {
            if (size(inputs[i]) != given[i].length) {
                throw new IllegalArgumentException(
                        "an input has " + size(inputs[i]) + " bytes; given: " + given[i].length);
            }
            inputs[i].rewind();
            inputs[i].put(given[i]).rewind();
        }
    }

    private static byte[] predict(Runner runner, byte[] rows) {
        ByteBuffer input = runner.inputs()[0];
        ByteBuffer output = runner.outputs()[0];
        int width = size(input);
        if (runner.inputs().length != 1 || rows.length % width != 0) {
            throw new IllegalArgumentException(
                    rows.length + " bytes; expected rows of " + width + " for one input");
        }
        byte[] outputs = new byte[rows.length / width * size(output)];
        for (int row = 0; row * width < rows.length; row++) {
            input.rewind();
            input.put(rows, row * width, width).rewind();
            runner.run();
            output.rewind();
            output.get(outputs, row * size(output), size(output)).rewind();
        }
        return outputs;
    }

    private long cold(Runner runner) {
        if (caches == null) {
            caches = new long[CACHES / Long.BYTES];
        }
        // Written, so that no line of the model's is left.
        Arrays.fill(caches, caches[0] + 1);
        return Timing.nanoseconds(runner, 1);
    }

    private long spin() {
        CRC32 crc = new CRC32();
        long start = System.nanoTime();
        for (int i = 0; i < BLOCKS; i++) {
            crc.update(block);
        }
        long elapsed = System.nanoTime() - start;
        // So that no compiler leaves the work out.
        return crc.getValue() == 0 ? 0 : elapsed;
    }

    private static long peakBytes() throws IOException {
        try (BufferedReader lines = new BufferedReader(new FileReader("/proc/self/status"))) {
            for (String line; (line = lines.readLine()) != null; ) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
        }
        throw new IllegalStateException("/proc/self/status has no VmHWM");
    }

    /** Java has no call for it; Android's own taskset may set what belongs to the same user. */
    private static String pin(String mask) throws Exception {
        String process = new File("/proc/self").getCanonicalFile().getName();
        Process taskset =
                new ProcessBuilder("taskset", "-ap", mask, process)
                        .redirectErrorStream(true)
                        .start();
        String said = "taskset says nothing";
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(taskset.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line; (line = lines.readLine()) != null; ) {
                // It may also say what the mask was before.
                said = line.startsWith("taskset:") ? line : said;
            }
        }
        if (taskset.waitFor() != 0) {
            throw new IllegalArgumentException(said);
        }
        return mask;
    }

    private byte[] required() throws IOException {
        byte[] message = messages.receive();
        if (message == null) {
            throw new EOFException("closed within a request");
        }
        return message;
    }

    /** The model that a request of so many words names. */
    private Runner runner(String[] words, int length) {
        int key = number(words, 1);
        if (words.length != length || key >= runners.size()) {
            throw new IllegalArgumentException(
                    words[0] + ": expected a model below " + runners.size() + ", in " + length
                            + " words");
        }
        return runners.get(key);
    }

    private static String word(String[] words, int at) {
        if (at >= words.length) {
            throw new IllegalArgumentException(words[0] + ": a word is missing");
        }
        return words[at];
    }

    private static int number(String[] words, int at) {
        int number = Integer.parseInt(word(words, at));
        if (number < 0) {
            throw new IllegalArgumentException(words[0] + ": " + number + " is below 0");
        }
        return number;
    }

    private static int size(ByteBuffer buffer) {
        return buffer.capacity();
    }
}
