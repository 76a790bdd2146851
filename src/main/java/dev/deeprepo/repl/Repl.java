package dev.deeprepo.repl;

/**
 * A sandboxed Python with a repository loaded as data. State persists from cell to cell, over errors too. One cell
 * runs at a time. A kernel that dies is replaced and its earlier cells are replayed before {@link #run} returns; when it
 * was killed from outside, the cell itself is run once more, with what the host had answered it.
 */
public interface Repl extends AutoCloseable {

    /**
     * Runs one cell; host calls go to {@code host} on the calling thread.
     *
     * @throws ReplException when no kernel can be had; what the cell itself does wrong is in the result
     */
    CellResult run(Cell cell, HostFunctions host);

    /** Ends the kernel at once, from any thread; a running cell then throws {@link ReplException}. Idempotent. */
    @Override
    void close();
}
