package android.net;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;

/** As the platform's, for an abstract name; here it is a file, which Java can listen on. */
public final class LocalServerSocket implements Closeable {
    private final ServerSocketChannel listening;

    public LocalServerSocket(String name) throws IOException {
        listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        Path path = Path.of(System.getenv("STAND_IN_SOCKETS"), name);
        listening.bind(UnixDomainSocketAddress.of(path));
    }

    public LocalSocket accept() throws IOException {
        return new LocalSocket(listening.accept());
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
