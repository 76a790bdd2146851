package dev.deeprepo.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A way to a server on this machine that can be unplugged: what is connected is cut, and nobody gets through. */
public final class Cable implements AutoCloseable {

    private final int target;
    private final int port;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile ServerSocket server;

    public Cable(int target) {
        this.target = target;
        this.server = listen(0);
        this.port = server.getLocalPort();
    }

    public int port() {
        return port;
    }

    public void unplug() {
        try {
            server.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void plugIn() {
        server = listen(port);
    }

    private ServerSocket listen(int at) {
        try {
            ServerSocket socket = new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), at));
            Thread.ofVirtual().name("cable").start(() -> accept(socket));
            return socket;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept(ServerSocket from) {
        try {
            while (true) {
                Socket near = from.accept();
                Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
                near.setTcpNoDelay(true); // as both ends do; else each statement of several packets takes 40 ms
                far.setTcpNoDelay(true);
                sockets.add(near);
                sockets.add(far);
                if (from.isClosed()) {
                    near.close();
                    far.close();
                }
                pump(near, far);
                pump(far, near);
            }
        } catch (IOException unplugged) {
            // no more connections by this one
        }
    }

    private void pump(Socket from, Socket to) {
        Thread.ofVirtual().name("cable").start(() -> {
            try (from; to) {
                from.getInputStream().transferTo(to.getOutputStream());
            } catch (IOException cut) {
                // by either end, or by unplug
            } finally {
                sockets.remove(from);
            }
        });
    }

    @Override
    public void close() {
        unplug();
    }
}
