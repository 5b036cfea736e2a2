package org.tvscm.demo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Files on the class path: what make_assets.py and make_golden.py wrote. */
public final class Resources {
    private Resources() {}

    public static byte[] bytes(String name) throws IOException {
        try (InputStream file = open(name)) {
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            byte[] block = new byte[1 << 16];
            for (int count; (count = file.read(block)) > 0; ) {
                content.write(block, 0, count);
            }
            return content.toByteArray();
        }
    }

    public static String text(String name) throws IOException {
        return new String(bytes(name), StandardCharsets.UTF_8);
    }

    public static InputStream open(String name) throws IOException {
        InputStream file = Resources.class.getResourceAsStream("/" + name);
        if (file == null) {
            throw new IOException(name + " is not on the class path; run the scripts in tools/");
        }
        return file;
    }
}
