package dev.deeprepo.repl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.SecondLane;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What hostile model code tries: each is refused, and the next cell works. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisplayName("reaches nothing outside by")
@SecondLane
class EscapeTest {

    /** Hands the attacker all that the kernel itself has: modules, the C library, its globals. */
    private static final String ARM = """
            import sys, os, io
            kernel = sys._getframe()
            while "libc" not in kernel.f_globals:
                kernel = kernel.f_back
            kernel = kernel.f_globals
            libc, ctypes, mmap, signal, resource = (kernel[n] for n in "libc ctypes mmap signal resource".split())
            def syscall(*arguments):
                if libc.syscall(*map(ctypes.c_long, arguments)) < 0:
                    raise OSError(ctypes.get_errno(), "refused")
            """;

    private final Kernels kernels = new Kernels(ReplSettings.defaults());
    private final Notebook notebook = new Notebook(kernels.open(new InMemoryCodebase(Map.of("a", "b")), () -> false));

    @AfterAll
    void close() {
        notebook.close();
        kernels.close();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
            open                   ~ io.open('/etc/passwd')
            os.open                ~ os.open('/etc/passwd', os.O_RDONLY)
            writing                ~ os.open('/tmp/kernel-was-here', os.O_CREAT | os.O_WRONLY)
            stat                   ~ os.stat('/etc/passwd')
            listing                ~ kernel['os'].stat('/proc/1')
            /proc/self/environ     ~ io.open('/proc/self/environ')
            /proc/self/mem         ~ os.open('/proc/self/mem', os.O_RDWR)
            chdir                  ~ os.chdir('/')
            readlink               ~ os.readlink('/proc/self/exe')
            unlink                 ~ os.unlink('/tmp/x')
            fork                   ~ os.fork()
            exec                   ~ os.execv('/bin/true', ['true'])
            posix_spawn            ~ os.posix_spawn('/bin/true', ['true'], {})
            kill of the host       ~ os.kill(os.getppid(), 9)
            kill of itself         ~ os.kill(os.getpid(), 0)
            killpg                 ~ os.killpg(0, 9)
            pipe                   ~ os.pipe()
            dup                    ~ os.dup(1)
            setuid                 ~ os.setuid(0)
            setrlimit              ~ resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
            a thread               ~ sys.modules['_thread'].start_new_thread(print, ())
            executable memory      ~ mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)
            mprotect to executable ~ syscall(10, ctypes.addressof(ctypes.create_string_buffer(8192)) // 4096 * 4096, 4096, 7)
            a shared library       ~ ctypes.CDLL('/tmp/evil.so')
            C open                 ~ syscall(2, ctypes.addressof(ctypes.create_string_buffer(b'/etc/passwd')), 0, 0)
            C socket               ~ syscall(41, 2, 1, 0)
            C clone                ~ syscall(56, 17, 0, 0, 0, 0)
            C clone3               ~ syscall(435, 0, 0)
            C ptrace               ~ syscall(101, 0, 0, 0, 0)
            C process_vm_readv     ~ syscall(310, os.getpid(), 0, 0, 0, 0, 0)
            C io_uring             ~ syscall(425, 8, 0)
            C bpf                  ~ syscall(321, 0, 0, 0)
            C prctl                ~ syscall(157, 22, 2, 0, 0, 0)
            C seccomp              ~ syscall(317, 1, 0, 0)
            C memfd_create         ~ syscall(319, ctypes.addressof(ctypes.create_string_buffer(b'x')), 0)
            C unshare              ~ syscall(272, 0x10000000)
            C pidfd_open           ~ syscall(434, os.getpid(), 0)
            C tgkill               ~ syscall(234, os.getpid(), os.getpid(), 9)
            C mount                ~ syscall(165, 0, 0, 0, 0, 0)
            C chroot               ~ syscall(161, 0)
            C ioctl                ~ syscall(16, 0, 0x5413, 0)
            C prlimit              ~ syscall(302, 0, 9, 0, 0)
            """)
    void refuses(String name, String attempt) {
        CellResult result = notebook.run(ARM + attempt);

        assertThat(result.error()).as(result.output()).isNotNull()
                .containsAnyOf("Operation not permitted", "refused", "can't start new thread",
                        "cannot open shared object",
                        "not allowed to raise");
        assertThat(notebook.print("1 + 1")).isEqualTo("2");
    }

    @ParameterizedTest(name = "the module {0}")
    @CsvSource({"ctypes", "socket", "subprocess", "signal", "multiprocessing", "_socket", "_posixsubprocess",
            "importlib",
            "sqlite3", "urllib.request", "asyncio", "pty", "mmap"})
    void hasNoModule(String module) {
        assertThat(notebook.run("import " + module).error()).contains("not available here");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
            an empty environment       ~ print(dict(os.environ), os.getenv('HOME'))            ~ {} None
            no input                   ~ print(repr(sys.stdin.read()))                         ~ ''
            nobody as user when root   ~ print(os.getuid() != 0)                               ~ True
            a stolen stdout            ~ x = sys.stdout; sys.stdout = None; x.write('still')   ~ still
            a closed stdout            ~ sys.stdout.close(); kernel['sys'].stdout = 1          ~ ``
            a broken print             ~ import builtins; builtins.print = None                ~ ``
            """)
    void finds(String name, String code, String output) {
        try (var own = new Notebook(kernels.open(new InMemoryCodebase(Map.of()), () -> false))) {
            assertThat(own.run(ARM + code).output().strip()).startsWith(output == null ? "" : output);
            assertThat(own.run("1 + 1")).satisfiesAnyOf(next -> assertThat(next.output()).isEqualTo("2\n"),
                    next -> assertThat(next.error()).isNotNull());
        }
    }
}
