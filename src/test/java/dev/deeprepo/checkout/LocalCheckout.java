package dev.deeprepo.checkout;

import dev.deeprepo.egress.Guard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;
import org.springframework.util.unit.DataSize;

/** The real checkout without Spring, in a temporary directory, open to a {@link GitServer} on loopback. */
public final class LocalCheckout implements Checkout, AutoCloseable {

    static final CheckoutSettings.Kept KEPT = new CheckoutSettings.Kept(Duration.ofDays(1), DataSize.ofGigabytes(2));

    /** The defaults, but for {@code http} and private addresses, which are allowed. */
    public static final CheckoutSettings SETTINGS = new CheckoutSettings(50_000, DataSize.ofMegabytes(200),
            DataSize.ofKilobytes(500), DataSize.ofGigabytes(1), DataSize.ofMegabytes(1), Duration.ofMinutes(5),
            Set.of("http", "https"), true, List.of(),
            null, Map.of(), null, KEPT, true, null);

    private final Guard guard;
    private final Path root;
    private final CheckoutDirectory directory;
    private final Checkout checkout;

    public LocalCheckout() {
        this(SETTINGS);
    }

    public LocalCheckout(CheckoutSettings settings) {
        this(settings, temporary(), new Guard(settings.egress()));
    }

    /** By another view of which names and addresses there are. */
    LocalCheckout(CheckoutSettings settings, Guard guard) {
        this(settings, temporary(), guard);
    }

    /** In this directory. */
    LocalCheckout(CheckoutSettings settings, Path root) {
        this(settings, root, new Guard(settings.egress()));
    }

    private LocalCheckout(CheckoutSettings settings, Path root, Guard guard) {
        this.root = root;
        this.guard = guard;
        directory = new CheckoutDirectory(root);
        checkout = open(settings, directory, guard);
    }

    static Checkout open(CheckoutSettings settings, CheckoutDirectory directory, Guard guard) {
        KeptRepositories kept = new KeptRepositories(directory.kept(), settings.kept(), Clock.systemUTC());
        CheckoutDisk disk = new CheckoutDisk(directory.home(), settings.minFreeDisk(), kept);
        return new GitCheckout(settings, directory, disk, kept, guard);
    }

    /** The disk that a directory lies on, where nothing is kept. */
    static CheckoutDisk disk(Path directory) {
        return new CheckoutDisk(directory, SETTINGS.minFreeDisk(),
                new KeptRepositories(directory, KEPT, Clock.systemUTC()));
    }

    private static Path temporary() {
        try {
            return Files.createTempDirectory("checkout");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With these tokens, by host. */
    static LocalCheckout withTokens(Map<String, String> tokens) {
        return new LocalCheckout(new CheckoutSettings(SETTINGS.maxFiles(), SETTINGS.maxBytes(), SETTINGS.maxFileBytes(),
                SETTINGS.maxPackBytes(), SETTINGS.minFreeDisk(), SETTINGS.timeout(), SETTINGS.allowedSchemes(), true,
                List.of(), null, tokens, null, KEPT, true, null));
    }

    /** Where the bare repositories are. */
    public Path directory() {
        return root;
    }

    @Override
    public Snapshot fetch(RepositoryUrl url, @Nullable String ref, @Nullable String path, List<UUID> names,
            BooleanSupplier cancelled) {
        return checkout.fetch(url, ref, path, names, cancelled);
    }

    @Override
    public void forget(UUID name) {
        checkout.forget(name);
    }

    @Override
    public void tidy(Predicate<UUID> wanted) {
        checkout.tidy(wanted);
    }

    /** Not kept. */
    Snapshot fetch(RepositoryUrl url, @Nullable String ref, @Nullable String path, BooleanSupplier cancelled) {
        return fetch(url, ref, path, List.of(), cancelled);
    }

    /** Everything of a branch, tag or commit; null = the default branch. */
    public Snapshot fetch(String url, @Nullable String ref) {
        return fetch(RepositoryUrl.parse(url, guard.rules()), ref, null, () -> false);
    }

    @Override
    public void close() {
        directory.close();
        try {
            FileSystemUtils.deleteRecursively(root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
