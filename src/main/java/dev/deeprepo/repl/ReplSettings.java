package dev.deeprepo.repl;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How kernels are started and held.
 *
 * @param cellTimeout a cell's own time, without what it waits for the host; it is killed one second later
 * @param memory address space of a kernel, on top of six times the size of its codebase
 * @param totalMemory of all kernels; null = what the machine has besides this process's own heap
 * @param maxKernels alive at once
 * @param python the executable, or a name to look for on the PATH; null = {@code python3}
 * @param sandbox whether a kernel must be locked in
 */
@ConfigurationProperties(value = "deeprepo.repl", ignoreUnknownFields = false)
public record ReplSettings(@DefaultValue("120s") Duration cellTimeout, @DefaultValue("512MB") DataSize memory,
        @Nullable DataSize totalMemory, @DefaultValue("8") int maxKernels, @Nullable String python,
        @DefaultValue("required") SandboxMode sandbox) {

    /** Whether model code may run without a boundary around it. */
    public enum SandboxMode {
        /** No sandbox, no analysis. */
        REQUIRED,
        /** Limits, but no boundary: for development on a system that has none to offer. */
        NONE
    }

    public ReplSettings {
        if (cellTimeout.compareTo(Duration.ofMillis(100)) < 0 || cellTimeout.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException(
                    "deeprepo.repl.cell-timeout must be between 100ms and 1h, not " + cellTimeout);
        }
        if (memory.compareTo(DataSize.ofMegabytes(256)) < 0) {
            throw new IllegalArgumentException("deeprepo.repl.memory must be at least 256MB, not " + memory);
        }
        if (totalMemory != null && totalMemory.compareTo(memory) < 0) {
            throw new IllegalArgumentException("deeprepo.repl.total-memory must be at least deeprepo.repl.memory, "
                    + memory + ", not " + totalMemory);
        }
        if (maxKernels < 1) {
            throw new IllegalArgumentException("deeprepo.repl.max-kernels must be at least 1, not " + maxKernels);
        }
    }

    /** The defaults. */
    public static ReplSettings defaults() {
        return new ReplSettings(Duration.ofSeconds(120), DataSize.ofMegabytes(512), null, 8, null,
                SandboxMode.REQUIRED);
    }
}
