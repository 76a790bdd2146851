package dev.deeprepo.checkout;

import dev.deeprepo.checkout.CheckoutException.Reason;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.util.unit.DataSize;

/** The disk that bare repositories lie on, part of which is left to others. What is only kept goes before it gets less. */
public final class CheckoutDisk {

    private final FileStore store;
    private final DataSize minFree;
    private final KeptRepositories kept;

    CheckoutDisk(Path directory, DataSize minFree, KeptRepositories kept) {
        this.kept = kept;
        this.minFree = minFree;
        try {
            this.store = Files.getFileStore(directory);
        } catch (IOException e) {
            throw new IllegalStateException("the disk of deeprepo.checkout.directory cannot be found", e);
        }
    }

    /**
     * Room for a fetch to begin.
     *
     * @throws CheckoutException for {@link Reason#DISK_LOW}
     */
    public void requireRoom() {
        require(minFree.toBytes());
    }

    /** Room for a fetch to go on: half as much, so that those that began together do not all break off. */
    void requireRoomToGoOn() {
        require(minFree.toBytes() / 2);
    }

    private void require(long bytes) {
        if (free() < bytes) {
            kept.makeRoom(() -> free() >= bytes);
        }
        if (free() < bytes) {
            throw new CheckoutException(Reason.DISK_LOW,
                    "this server's disk is almost full, so that nothing is fetched for now; try again later", null);
        }
    }

    boolean hasRoom() {
        return free() >= minFree.toBytes() || free() + kept.bytes() >= minFree.toBytes();
    }

    DataSize minFree() {
        return minFree;
    }

    /** Bytes that are left. */
    long free() {
        try {
            return store.getUsableSpace();
        } catch (IOException e) {
            throw new IllegalStateException("the disk does not say how full it is", e);
        }
    }
}
