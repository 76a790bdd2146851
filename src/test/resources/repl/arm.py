import builtins, gc, io, itertools, json, os, re, sys, traceback

# All that the kernel itself has: its globals, the C library, the pipes' frames.
kernel = sys._getframe()
while "SANDBOXED" not in kernel.f_globals:
    kernel = kernel.f_back
kernel = kernel.f_globals
libc, ctypes, mmap, signal, resource = (kernel[name] for name in "libc ctypes mmap signal resource".split())
HOST, send, pack = kernel["PARENT"], kernel["send"], kernel["pack"]

# x86-64 and arm64
NUMBERS = dict(openat=(257, 56), execve=(59, 221), clone=(56, 220), clone3=(435, 435), ptrace=(101, 117), socket=(41, 198),
               process_vm_readv=(310, 270), process_vm_writev=(311, 271), pidfd_open=(434, 434), tgkill=(234, 131),
               sendmsg=(46, 211), io_uring_setup=(425, 425), bpf=(321, 280), prctl=(157, 167), seccomp=(317, 277),
               memfd_create=(319, 279), unshare=(272, 97), setns=(308, 268), mount=(165, 40), chroot=(161, 51),
               ioctl=(16, 29), prlimit64=(302, 261), pkey_mprotect=(329, 288), mprotect=(10, 226), mmap=(9, 222),
               perf_event_open=(298, 241), userfaultfd=(323, 282), shmget=(29, 194), timer_create=(222, 107),
               fcntl=(72, 25), kcmp=(312, 272), personality=(135, 92), open_by_handle_at=(304, 265), keyctl=(250, 219))
ARM64 = getattr(sys.implementation, "_multiarch", "").startswith("aarch64")


def syscall(name, *arguments):
    if libc.syscall(*(ctypes.c_long(argument) for argument in (NUMBERS[name][ARM64],) + arguments)) < 0:
        raise OSError(ctypes.get_errno(), name)


def frame(kind, payload):
    send(len(payload).to_bytes(4, "big") + kind + payload)


def call(function, *prompts):
    send(pack(b"c", dict(function=function, prompts=prompts)))


def done(**changes):
    send(pack(b"d", dict(dict(outcome="OK", output="", outputLength=0, error=None, answer="", ready=False), **changes)))


