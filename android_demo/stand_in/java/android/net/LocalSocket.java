package android.net;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;

/** As the platform's. */
public final class LocalSocket implements Closeable {
    private final SocketChannel channel;

    LocalSocket(SocketChannel channel) {
        this.channel = channel;
    }

    public InputStream getInputStream() {
        return Channels.newInputStream(channel);
    }

    public OutputStream getOutputStream() {
        return Channels.newOutputStream(channel);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
