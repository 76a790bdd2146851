package dev.deeprepo.repl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deeprepo.SecondLane;
import dev.deeprepo.repl.ReplSettings.SandboxMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

@SecondLane
class SandboxTest {

    @TempDir
    Path folder;

    @Test
    void saysWhatIsInForce() {
        try (var kernels = kernels(null, SandboxMode.REQUIRED)) {
            assertThat(kernels.sandbox().fit()).as(kernels.sandbox().detail()).isTrue();
            assertThat(kernels.sandbox().detail()).contains("behind a system call filter");
        }
    }

    @Test
    void refusesToRunWithoutAFitPython() throws Exception {
        Path old = script("echo is Python 3.8; exit 1");
        try (var kernels = kernels(old.toString(), SandboxMode.REQUIRED)) {
            assertThat(kernels.sandbox().fit()).isFalse();
            assertThat(kernels.sandbox().detail()).contains("CPython 3.9 or newer", "is Python 3.8",
                    "deeprepo.repl.python");
            assertThatThrownBy(() -> kernels.open(new InMemoryCodebase(Map.of()), () -> false))
                    .isInstanceOf(ReplException.class)
                    .hasMessageContaining("no fit Python");
        }
        try (var kernels = kernels("no-such-python", SandboxMode.REQUIRED)) {
            assertThat(kernels.sandbox().detail()).contains("none found");
        }
    }

    @Test
    void looksBehindAShim() throws Exception {
        Path shim = script("exec python3 \"$@\"");
        try (var kernels = kernels(shim.toString(), SandboxMode.REQUIRED)) {
            assertThat(kernels.sandbox().fit()).as(kernels.sandbox().detail()).isTrue();
        }
    }

    @Test
    void failsClosedAndSaysWhatPythonSaidWhenTheKernelDoesNotLockItselfIn() throws Exception {
        Path broken = script("echo 'prctl: no such luck' >&2; exit 1");
        Path asked = script("echo " + broken);
        try (var kernels = kernels(asked.toString(), SandboxMode.REQUIRED)) {
            assertThat(kernels.sandbox().detail()).contains("cannot lock itself in", "ended with code 1",
                    "prctl: no such luck");
        }
    }

    @Test
    void runsWithoutABoundaryOnlyWhenToldToAndSaysSo() {
        try (var kernels = kernels(null, SandboxMode.NONE)) {
            assertThat(kernels.sandbox().detail()).contains("WITHOUT a sandbox");
            try (var notebook = new Notebook(kernels.open(new InMemoryCodebase(Map.of()), () -> false))) {
                assertThat(notebook.print("1 + 1")).isEqualTo("2");
            }
        }
    }

    @Test
    void theProbeFindsWhatIsOpen() throws Exception {
        String probe = Files.readString(Path.of("src/main/resources/repl/probe.py"));
        try (var kernels = kernels(null, SandboxMode.NONE);
                var notebook = new Notebook(kernels.open(new InMemoryCodebase(Map.of()), () -> false))) {
            assertThat(notebook.run(probe).output()).contains("read a file", "write a file", "signal the host", "fork",
                    "run a program", "start a thread", "open a socket", "map executable memory");
        }
    }

    @Test
    void refusesSettingsThatMakeNoSense() {
        assertThatThrownBy(
                () -> new ReplSettings(Duration.ZERO, DataSize.ofMegabytes(512), null, 1, null, SandboxMode.NONE))
                .hasMessageContaining("deeprepo.repl.cell-timeout");
        assertThatThrownBy(
                () -> new ReplSettings(Duration.ofSeconds(1), DataSize.ofMegabytes(1), null, 1, null, SandboxMode.NONE))
                .hasMessageContaining("deeprepo.repl.memory");
    }

    private static Kernels kernels(@Nullable String python, SandboxMode mode) {
        return new Kernels(new ReplSettings(Duration.ofSeconds(5), DataSize.ofMegabytes(512), null, 2, python, mode));
    }

    private Path script(String body) throws Exception {
        Path file = Files.createTempFile(folder, "python", "",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        return Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    }
}
