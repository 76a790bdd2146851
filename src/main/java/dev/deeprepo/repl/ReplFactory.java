package dev.deeprepo.repl;

/** Opens a {@link Repl} for a run, within the limits on kernels and their memory. */
public interface ReplFactory {

    /**
     * Starts a kernel and loads {@code codebase} into it; waits for a free place if all are taken.
     *
     * @param patience asked often while it waits and loads
     * @throws ReplException when the sandbox is unfit, no kernel can be started, or patience was over
     */
    Repl open(Codebase codebase, Patience patience);

    /** What kernels are locked in by. */
    Sandbox sandbox();
}
