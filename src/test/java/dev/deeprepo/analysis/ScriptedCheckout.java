package dev.deeprepo.analysis;

import dev.deeprepo.checkout.Checkout;
import dev.deeprepo.checkout.CheckoutException;
import dev.deeprepo.checkout.CheckoutException.Reason;
import dev.deeprepo.checkout.RepositoryUrl;
import dev.deeprepo.checkout.Snapshot;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Fetches one small file from anywhere; {@code https://github.com/fails/<reason>} fails for that reason.
 */
final class ScriptedCheckout implements Checkout {

    static final String COMMIT = "0123456789012345678901234567890123456789";

    /** By which names something is kept, if a test says so. */
    final Set<UUID> kept = new HashSet<>();

    @Override
    public Snapshot fetch(RepositoryUrl url, @Nullable String ref, @Nullable String path, List<UUID> names,
            BooleanSupplier cancelled) {
        String name = url.canonical().substring(url.canonical().lastIndexOf('/') + 1);
        if (url.canonical().contains("/fails/")) {
            throw new CheckoutException(Reason.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_')),
                    "no repository " + name, null);
        }
        return new OneFile(name);
    }

    @Override
    public void forget(UUID name) {}

    @Override
    public void tidy(Predicate<UUID> wanted) {
        kept.removeIf(wanted.negate());
    }

    private record OneFile(String name) implements Snapshot {

        private static final String TEXT = "print('hello')\n";

        @Override
        public String commit() {
            return COMMIT;
        }

        @Override
        public List<SourceFile> files() {
            return List.of(new SourceFile("main.py", TEXT.length(), TEXT.length(), 1));
        }

        @Override
        public List<NotLoaded> notLoaded() {
            return List.of(new NotLoaded("logo.png", "binary"));
        }

        @Override
        public List<String> warnings() {
            return List.of("one file only");
        }

        @Override
        public List<String> entryPoints() {
            return List.of();
        }

        @Override
        public String fileTree() {
            return "main.py";
        }

        @Override
        public Map<String, Object> metadata() {
            return Map.of("name", name);
        }

        @Override
        public void forEach(BiConsumer<String, byte[]> file) {
            file.accept("main.py", TEXT.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String text(String path) {
            return TEXT;
        }

        @Override
        public void close() {}
    }
}
