package dev.deeprepo.repl;

/** Whoever waits for a kernel. */
@FunctionalInterface
public interface Patience {

    /** Asked a few times a second: whether the kernel is not wanted any more. */
    boolean isOver();

    /**
     * Told once, when there is no room for another kernel.
     *
     * @param kernels as many as are in use
     */
    default void waits(int kernels) {}
}
