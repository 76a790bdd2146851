package dev.deeprepo.repl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.springframework.util.FileSystemUtils;

/**
 * What attempts try to reach: a file that anybody may read and write, a directory that anybody may write into, and a
 * listener on loopback.
 */
public final class Outside implements AutoCloseable {

    public static final String SECRET = "canary-of-the-file-4b1d";

    private final Path directory;
    private final ServerSocketChannel listener;

    public Outside() {
        try {
            directory = Files.createTempDirectory("outside");
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
            Files.writeString(canary(), SECRET);
            Files.setPosixFilePermissions(canary(), PosixFilePermissions.fromString("rw-rw-rw-"));
            listener = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            listener.configureBlocking(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path canary() {
        return directory.resolve("canary");
    }

    Path drop() {
        return directory.resolve("drop");
    }

    int port() {
        return listener.socket().getLocalPort();
    }

    public boolean isConnected() throws IOException {
        return listener.accept() != null;
    }

    public void assertUntouched() throws IOException {
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(canary());
        }
        assertThat(canary()).isRegularFile().hasContent(SECRET);
        assertThat(isConnected()).isFalse();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        FileSystemUtils.deleteRecursively(directory);
    }
}
