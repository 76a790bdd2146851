package dev.deeprepo.checkout;

import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Fetches one commit of a repository and indexes its text. */
public interface Checkout {

    /**
     * Fetches and indexes; what was fetched is gone at {@link Snapshot#close()} unless it is kept by a name.
     *
     * @param ref branch, tag or full commit id; null = the remote's default branch
     * @param path subdirectory to load; null = everything
     * @param names the name under which it is kept for a while; and after it those of others to go on from, of which only
     *     what is new is fetched; empty = it is not kept
     * @param cancelled asked often; once true, everything ends and {@link CheckoutException} is thrown
     * @throws CheckoutException saying what the caller can do
     */
    Snapshot fetch(RepositoryUrl url, @Nullable String ref, @Nullable String path, List<UUID> names,
            BooleanSupplier cancelled);

    /** Keeps what has this name no longer. */
    void forget(UUID name);

    /** Keeps no longer what has other names than these, or is too old. */
    void tidy(Predicate<UUID> wanted);
}
