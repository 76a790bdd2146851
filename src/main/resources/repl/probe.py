# A cell that the service runs once at its start: it tries what must be refused, as model code would and by way of the
# kernel's own globals, and prints what was not. Where something succeeds it does no harm.
import errno, io, os, sys

frame = sys._getframe()
while "libc" not in frame.f_globals:
    frame = frame.f_back
kernel = frame.f_globals
libc, ctypes, mmap, resource, host = (kernel[name] for name in "libc ctypes mmap resource PARENT".split())


def c(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


def fork():
    if os.fork() == 0:
        os._exit(0)


def writable_code():
    page = mmap.mmap(-1, 4096)
    c("mprotect", ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(page))), 4096, 7)


attempts = {
    "read a file": lambda: io.open("/etc/passwd"),
    "write a file": lambda: os.open("/dev/null", os.O_WRONLY),
    "look at a directory": lambda: os.stat("/"),
    "remove a file": lambda: os.unlink("/nowhere/at/all"),
    "read the host's environment": lambda: os.open("/proc/%d/environ" % host, os.O_RDONLY),
    "write into its own memory file": lambda: os.open("/proc/self/mem", os.O_RDWR),
    "signal the host": lambda: os.kill(host, 0),
    "fork": fork,
    "run a program": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "start a thread": lambda: sys.modules["_thread"].start_new_thread(int, ()),
    "open a socket": lambda: c("socket", 2, 1, 0),
    "open a local socket": lambda: c("socket", 1, 1, 0),
    "make a pipe": os.pipe,
    "duplicate a descriptor": lambda: os.dup(1),
    "map executable memory": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
    "make memory executable": writable_code,
    "change its user": lambda: os.setuid(os.getuid()),
    "see its limits": lambda: resource.getrlimit(resource.RLIMIT_AS),
    "trace": lambda: c("ptrace", 2, host, 0, 0),
    "leave its namespaces": lambda: c("unshare", 0),
    "control its process": lambda: c("prctl", 3, 0, 0, 0, 0),
}
succeeded = []
for name, attempt in attempts.items():
    try:
        attempt()
        succeeded.append(name)
    except OSError as refusal:
        if refusal.errno != errno.EPERM:
            succeeded.append("%s (%s)" % (name, refusal))
    except RuntimeError:  # what Python makes of a refused thread
        pass
if os.getuid() == 0:
    succeeded.append("be root")
if libc.getenv(b"PATH"):
    succeeded.append("see an environment")
for descriptor in range(2, 256):
    try:
        os.fstat(descriptor)
        succeeded.append("have descriptor %d" % descriptor)
    except OSError:
        pass
print(len(attempts) + 3, "attempts these succeeded:", ", ".join(succeeded) or "none")
