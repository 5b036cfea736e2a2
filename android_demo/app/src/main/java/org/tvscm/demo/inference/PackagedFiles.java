package org.tvscm.demo.inference;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The files that the app is built with, and whether they are still those. */
public final class PackagedFiles {
    /** Opens a file by its name, as {@code AssetManager.open} does. */
    public interface Opener {
        InputStream open(String name) throws IOException;
    }

    private static final String CHECKSUMS = "SHA256SUMS";

    private final Opener opener;

    public PackagedFiles(Opener opener) {
        this.opener = opener;
    }

    /** The content of a file. */
    public byte[] bytes(String name) throws IOException {
        try (InputStream file = opener.open(name)) {
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            byte[] block = new byte[1 << 16];
            for (int count; (count = file.read(block)) > 0; ) {
                content.write(block, 0, count);
            }
            return content.toByteArray();
        }
    }

    /** The content of a file in UTF-8. */
    public String text(String name) throws IOException {
        return new String(bytes(name), StandardCharsets.UTF_8);
    }

    /** The content of a file in a direct buffer, as TensorFlow Lite takes a model. */
    public ByteBuffer direct(String name) throws IOException {
        byte[] content = bytes(name);
        ByteBuffer buffer = ByteBuffer.allocateDirect(content.length).order(ByteOrder.nativeOrder());
        buffer.put(content).rewind();
        return buffer;
    }

    /**
     * Compares all files with their checksums.
     *
     * @return how many are whole
     * @throws IOException one is missing or is not what the app was built with
     */
    public int verify() throws IOException {
        String[] lines = text(CHECKSUMS).split("\n");
        for (String line : lines) {
            String[] words = line.split("  ", 2);
            if (words.length != 2 || !words[0].equals(sha256(bytes(words[1])))) {
                throw new IOException(line + ": the file is damaged; install the app again");
            }
        }
        return lines.length;
    }

    private static String sha256(byte[] content) {
        try {
            StringBuilder text = new StringBuilder();
            for (byte value : MessageDigest.getInstance("SHA-256").digest(content)) {
                text.append(Character.forDigit(value >> 4 & 15, 16));
                text.append(Character.forDigit(value & 15, 16));
            }
            return text.toString();
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
