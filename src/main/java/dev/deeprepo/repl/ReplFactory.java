package dev.deeprepo.repl;

/** Opens a {@link Repl} for a run, within the limits on kernels and their memory. */
public interface ReplFactory {

    /**
     * Starts a kernel and loads {@code codebase} into it; waits for a free place if all are taken.
     *
     * @throws ReplException when the sandbox is unfit, or no kernel can be started
     */
    Repl open(Codebase codebase);
}
