package dev.deeprepo.repl;

import java.util.function.BooleanSupplier;

/** Opens a {@link Repl} for a run, within the limits on kernels and their memory. */
public interface ReplFactory {

    /**
     * Starts a kernel and loads {@code codebase} into it; waits for a free place if all are taken.
     *
     * @param cancelled asked often while it waits and loads
     * @throws ReplException when the sandbox is unfit, no kernel can be started, or it was cancelled
     */
    Repl open(Codebase codebase, BooleanSupplier cancelled);

    /** What kernels are locked in by. */
    Sandbox sandbox();
}
