package org.tvscm.demo.benchmark;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Messages between the harness and this app: a length, four bytes big-endian, and so many bytes.
 *
 * <p>It is what Python's multiprocessing.connection.Connection speaks.
 */
public final class Messages {
    /** A longer one is a mistake, and no reason to run out of memory. */
    static final int LONGEST = 64 * 1024 * 1024;

    private final DataInputStream in;
    private final DataOutputStream out;

    public Messages(InputStream in, OutputStream out) {
        this.in = new DataInputStream(in);
        this.out = new DataOutputStream(new BufferedOutputStream(out));
    }

    /**
     * The next message; null when the other end is closed between two of them.
     *
     * @throws IOException it is closed within one, or what comes is no message.
     */
    public byte[] receive() throws IOException {
        int length;
        try {
            length = in.readInt();
        } catch (EOFException closed) {
            return null;
        }
        if (length < 0 || length > LONGEST) {
            throw new IOException("a message of " + length + " bytes; expected 0 to " + LONGEST);
        }
        byte[] content = new byte[length];
        in.readFully(content);
        return content;
    }

    /** Send one message. */
    public void send(byte[] content) throws IOException {
        out.writeInt(content.length);
        out.write(content);
        out.flush();
    }
}
