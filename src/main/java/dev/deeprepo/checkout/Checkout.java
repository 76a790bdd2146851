package dev.deeprepo.checkout;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Fetches one commit of a repository and indexes its text. */
public interface Checkout {

    /**
     * Fetches and indexes; the bare repository is kept until {@link Snapshot#close()}.
     *
     * @param ref branch, tag or full commit id; null = the remote's default branch
     * @param path subdirectory to load; null = everything
     * @param cancelled asked often; once true, everything ends and {@link CheckoutException} is thrown
     * @throws CheckoutException saying what the caller can do
     */
    Snapshot fetch(RepositoryUrl url, @Nullable String ref, @Nullable String path, BooleanSupplier cancelled);
}
