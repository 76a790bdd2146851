"""The Python behind a Repl. It locks itself in before it reads the first frame from the host: imports, limits, user,
descriptors, then a system call filter. What follows is no longer trusted, this file included: model code shares its
process and can reach every object in it. The boundary is the filter; all else here is for convenience.

Frames, both ways: u32 length of the payload, one byte for its kind, the payload (JSON, but for packed files).
  host to kernel: O open{fileTree, metadata, extras}   L files   E exec{name, code, limit, now, seed}   R reply{results}
  kernel to host: r ready   l loaded{files}   c call{function, prompts}   d done{outcome, output, ...}
"""
import sys

sys.path[:] = [entry for entry in sys.path if entry]  # never the working directory

import ctypes, errno, importlib, io, json, linecache, mmap, os, re, resource, signal, struct, time, traceback, types

PARENT, MEMORY, CPU_SECONDS, SANDBOXED = int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5] == "required"
HEAD, TAIL, ERROR, ANSWER = 100_000, 99_900, 16_000, 1_000_000  # characters kept
MAX_FRAME = 16 << 20
MAX_PROMPTS = 10_000  # that one cell can ask
BROKEN, OUT_OF_MEMORY = 70, 71  # exit codes

LIBRARY = """re json collections ast math itertools functools textwrap difflib statistics datetime string operator heapq
bisect random hashlib base64 copy fnmatch dataclasses enum typing traceback tokenize token keyword html html.parser
urllib.parse configparser csv decimal fractions numbers pprint reprlib unicodedata posixpath tomllib xml.etree.ElementTree
contextlib zlib struct binascii array time calendar _strptime shlex pathlib graphlib codecs collections.abc types abc io
inspect weakref gc locale stringprep warnings string""".split()
ENCODINGS = """utf_8 utf_8_sig utf_16 utf_16_le utf_16_be utf_32 utf_32_le utf_32_be utf_7 ascii latin_1 iso8859_1
iso8859_15 cp1252 cp437 mac_roman idna punycode unicode_escape raw_unicode_escape hex_codec base64_codec zlib_codec
rot_13""".split()
HIDDEN = "ctypes _ctypes signal _signal mmap resource importlib threading subprocess socket select".split()

FILES = "files are out of reach; the repository is the dict `codebase` (path -> text)"
BATCH = "use llm_batch(prompts) to ask many prompts at once"
HINTS = {
    "subprocess": "no other program can be run; " + FILES, "git": FILES, "glob": FILES, "shutil": FILES,
    "tempfile": FILES, "zipfile": FILES, "tarfile": FILES, "sqlite3": FILES,
    "threading": BATCH, "concurrent": BATCH, "asyncio": BATCH, "multiprocessing": BATCH,
    "socket": "there is no network", "requests": "there is no network", "http": "there is no network",
    "urllib": "there is no network; urllib.parse is available", "yaml": "search the text with re",
    "toml": "use tomllib", "numpy": "use math and statistics", "pandas": "use csv, collections and statistics",
    "logging": "use print", "argparse": "there is no command line",
}


class TimeLimit(BaseException):
    """The cell used up its time. Not an Exception, so that `except Exception` does not swallow it."""


# --- locking in ------------------------------------------------------------------------------------------------------

# Numbers of the few system calls that pure computing over two pipes needs, the hot ones first.
FILTERS = {
    "x86_64": (0xC000003E, 9, 10, dict(
        read=0, write=1, munmap=11, futex=202, brk=12, mremap=25, madvise=28, clock_gettime=228, close=3, fstat=5,
        lseek=8, rt_sigaction=13, rt_sigprocmask=14, rt_sigreturn=15, sigaltstack=131, setitimer=38, getpid=39,
        gettid=186, getuid=102, getrusage=98, getrandom=318, gettimeofday=96, time=201, clock_getres=229,
        clock_nanosleep=230, nanosleep=35, sched_yield=24, restart_syscall=219, poll=7, ppoll=271, exit=60,
        exit_group=231)),
    "aarch64": (0xC00000B7, 222, 226, dict(
        read=63, write=64, munmap=215, futex=98, brk=214, mremap=216, madvise=233, clock_gettime=113, close=57,
        fstat=80, lseek=62, rt_sigaction=134, rt_sigprocmask=135, rt_sigreturn=139, sigaltstack=132, setitimer=103,
        getpid=172, gettid=178, getuid=174, getrusage=165, getrandom=278, gettimeofday=169, clock_getres=114,
        clock_nanosleep=115, nanosleep=101, sched_yield=124, restart_syscall=128, ppoll=73, exit=93, exit_group=94)),
}


def seccomp_filter():
    """A classic BPF program: kill on a foreign ABI, allow the list, memory only without PROT_EXEC, else EPERM. An exit with a
    code of 128 or more would look as if the process had been killed, so there is none."""
    machine = os.uname().machine
    if machine not in FILTERS:
        raise SystemExit("no system call filter for " + machine + "; only for " + " and ".join(FILTERS))
    arch, nr_mmap, nr_mprotect, allowed = FILTERS[machine]
    nr_exit, nr_exit_group = allowed["exit"], allowed["exit_group"]
    load, equal, at_least, has_bits, ret = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, refuse, kill = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
    program = [
        (load, 0, 0, 4), (equal, 1, 0, arch), (ret, 0, 0, kill),
        (load, 0, 0, 0), (at_least, 0, 1, 0x40000000), (ret, 0, 0, kill),  # x32, which shares x86_64's arch
        (equal, 1, 0, nr_mmap), (equal, 0, 4, nr_mprotect),
        (load, 0, 0, 32), (has_bits, 0, 1, 4), (ret, 0, 0, refuse), (ret, 0, 0, allow),  # third argument: protection
        (equal, 1, 0, nr_exit), (equal, 0, 4, nr_exit_group),
        (load, 0, 0, 16), (has_bits, 0, 1, 0x80), (ret, 0, 0, refuse), (ret, 0, 0, allow),  # first argument: code
    ]
    numbers = list(allowed.values())
    program += [(equal, len(numbers) - i, 0, number) for i, number in enumerate(numbers)]
    program += [(ret, 0, 0, refuse), (ret, 0, 0, allow)]
    return b"".join(struct.pack("=HBBI", *step) for step in program), len(program)


def lock_in(libc):
    def prctl(*arguments):
        if libc.prctl(*(ctypes.c_ulong(a) for a in arguments + (0,) * (5 - len(arguments)))) != 0:
            raise OSError(ctypes.get_errno(), "prctl%r" % (arguments,))

    os.closerange(3, 65536)
    if os.geteuid() == 0:
        try:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
        except OSError as refusal:
            raise SystemExit("root cannot become nobody (%s); start the service as an ordinary user" % refusal)
    prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG; a change of user would clear it
    if os.getppid() != PARENT:
        raise SystemExit("the host is gone")
    prctl(4, 0)  # PR_SET_DUMPABLE
    prctl(38, 1)  # PR_SET_NO_NEW_PRIVS
    code, steps = seccomp_filter()
    code = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(struct.pack("@HP", steps, ctypes.addressof(code)))
    prctl(22, 2, ctypes.addressof(program))  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


def prove(libc):
    """Tries what must not work, and refuses to serve when anything does, or fails for another reason than the filter."""
    def fork():
        if os.fork() == 0:
            os._exit(0)

    def socket():
        if libc.socket(2, 1, 0) < 0:
            raise OSError(ctypes.get_errno(), "socket")

    attempts = dict(open=lambda: os.open("/etc/passwd", os.O_RDONLY), fork=fork, socket=socket,
                    kill=lambda: os.kill(1, 0), exec=lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_EXEC))
    for name, attempt in attempts.items():
        try:
            attempt()
            raise SystemExit("the sandbox does not hold: " + name + " succeeded")
        except OSError as refusal:
            if refusal.errno != errno.EPERM:
                raise SystemExit("the sandbox does not hold: " + name + " failed with " + str(refusal))


def limit():
    def at_most(which, amount):
        try:
            resource.setrlimit(which, (amount, amount))
        except (ValueError, OSError):
            if SANDBOXED:
                raise

    if hasattr(resource, "RLIMIT_AS"):
        at_most(resource.RLIMIT_AS, MEMORY)
    at_most(resource.RLIMIT_CORE, 0)
    at_most(resource.RLIMIT_FSIZE, 0)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))  # a signal of its own comes before the kill
    os.nice(10)
    if SANDBOXED:
        at_most(resource.RLIMIT_NPROC, 0)
        try:
            with open("/proc/self/oom_score_adj", "w") as score:  # rather this process than its host
                score.write("1000")
        except OSError:
            pass


class NotHere:
    """The only import finder once locked in: everything that can be had is loaded already."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        hint = HINTS.get(name.partition(".")[0], "the standard library's text, data and math modules are")
        raise ModuleNotFoundError("module %r is not available here: %s" % (name, hint), name=name)


def preload():
    for name in LIBRARY + ["encodings." + encoding for encoding in ENCODINGS]:
        try:
            importlib.import_module(name)
        except ImportError:
            pass  # not in this version or build of Python
    for name in "md5 sha1 sha256".split():
        sys.modules["hashlib"].new(name, b"").hexdigest()
    try:
        undefined_name  # noqa: F821 (loads what formatting a traceback imports late)
    except NameError as error:
        "".join(traceback.TracebackException.from_exception(error).format())


# --- time and chance, the same in every replay -----------------------------------------------------------------------

clock = time.monotonic  # the real one


class VirtualTime:
    """Counts from the cell's recorded start: a millisecond per look, plus what was slept. Sleeping takes no time."""
    nanos = 0

    def look(self):
        self.nanos += 1_000_000
        return self.nanos

    def sleep(self, seconds):
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.nanos += int(seconds * 1e9)

    def install(self):
        datetime, real_strftime = sys.modules["datetime"], time.strftime
        for name in "time monotonic perf_counter process_time thread_time".split():
            setattr(time, name, lambda: self.look() / 1e9)
            setattr(time, name + "_ns", self.look)
        for name in "gmtime localtime ctime".split():
            setattr(time, name, self.at_now(getattr(time, name)))
        time.sleep = self.sleep
        time.strftime = lambda format, t=None: real_strftime(format, time.localtime() if t is None else t)

        def now(cls, tz=None):
            return cls.fromtimestamp(self.look() / 1e9, tz)

        members = dict(now=classmethod(now), today=classmethod(now), utcnow=classmethod(now), __module__="datetime")
        datetime.datetime = type("datetime", (datetime.datetime,), members)

    def at_now(self, real):
        return lambda seconds=None: real(self.look() / 1e9 if seconds is None else seconds)


class Chance:
    """Every unseeded generator draws from here, and this from the cell's seed."""

    def __init__(self):
        random = sys.modules["random"]
        real_seed = random.Random.seed
        self.source = random.Random(0)

        def seed(generator, a=None, version=2):
            real_seed(generator, self.source.getrandbits(64) if a is None else a, version)

        random.Random.seed = seed
        random.seed = self.seed_all = random._inst.seed
        os.urandom = random._urandom = self.source.randbytes

    def start(self, seed):
        self.source.seed(seed)
        self.seed_all(seed)


# --- limits inside the cell ------------------------------------------------------------------------------------------

class Timer:
    """The soft limit: raises TimeLimit when the cell has used its own time, again and again until stopped."""

    until = 0.0

    @staticmethod
    def expired(signum, frame):
        raise TimeLimit()

    def start(self, seconds):
        signal.signal(signal.SIGALRM, self.expired)
        self.until = clock() + seconds
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001), 0.25)

    @staticmethod
    def stop():
        signal.setitimer(signal.ITIMER_REAL, 0)

    def pause(self):
        self.stop()
        return self.until - clock()


class Parachute:
    """Address space held back, so that there is some left to report a MemoryError with."""
    held = None

    def pack(self):
        try:
            self.held = self.held or mmap.mmap(-1, 48 << 20)
        except (OSError, MemoryError):
            pass  # the model still holds all the memory; try again at the next cell

    def open(self):
        if self.held:
            self.held.close()
            self.held = None


class Output(io.TextIOBase):
    """What a cell prints: its beginning and its end, and how long it was."""
    encoding = "utf-8"

    def __init__(self):
        self.head, self.room, self.tail, self.in_tail, self.length = [], HEAD, [], 0, 0

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not " + type(text).__name__)
        text = plain(text)
        self.length += len(text)
        if self.room:
            self.head.append(text[:self.room])
        rest = text[self.room:]
        self.room -= min(self.room, len(text))
        if rest:
            self.tail.append(rest[-TAIL:])
            self.in_tail += len(self.tail[-1])
            if self.in_tail > 4 * TAIL:
                self.tail = ["".join(self.tail)[-TAIL:]]
                self.in_tail = TAIL
        return len(text)

    def text(self):
        head, tail = "".join(self.head), "".join(self.tail)[-TAIL:]
        cut = self.length - len(head) - len(tail)
        return head + ("\n[... %d characters cut ...]\n" % cut if cut else "") + tail


# --- talking to the host ---------------------------------------------------------------------------------------------

encode, decode = json.JSONEncoder(ensure_ascii=False).encode, json.JSONDecoder().decode
os_read, os_write, os_exit = os.read, os.write, os._exit
surrogates = re.compile("[\ud800-\udfff]")
surrogate_pairs = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def plain(text):
    """The characters of a str, without what a subclass of it makes of them."""
    return text if type(text) is str else "".join((text,))


def well_formed(text):
    """The text with pairs of surrogates joined and lone ones replaced, which UTF-8 cannot hold."""
    if text.isascii() or not surrogates.search(text):
        return text
    paired = surrogate_pairs.sub(lambda m: chr(((ord(m[0][0]) - 0xD800) << 10) + ord(m[0][1]) - 0xDC00 + 0x10000), text)
    return surrogates.sub("\ufffd", paired)


def cut(text, length):
    if len(text) <= length:
        return text
    half = length // 2 - 50
    return text[:half] + "\n[... %d characters cut ...]\n" % (len(text) - 2 * half) + text[-half:]


def pack(kind, value):
    payload = encode(value).encode()
    return struct.pack(">Ic", len(payload), kind) + payload


def send(frame):
    view = memoryview(frame)
    while view:
        view = view[os_write(1, view):]


def read(length):
    data = bytearray()
    while len(data) < length:
        chunk = os_read(0, min(length - len(data), 1 << 20))
        if not chunk:
            os_exit(0)  # the host closed the pipe
        data += chunk
    return data


def receive(*kinds):
    length, kind = struct.unpack(">Ic", read(5))
    if kind not in kinds:
        os_exit(BROKEN)
    payload = read(length)
    return kind, payload if kind == b"L" else decode(payload.decode())


# --- what model code sees --------------------------------------------------------------------------------------------

timer, parachute, virtual_time = Timer(), Parachute(), VirtualTime()
codebase, diffs, answer, left, room = {}, {}, {"content": "", "ready": False}, {}, {"prompts": 0}


def call(function, prompts):
    """Asks the host. Waiting for it does not count as the cell's time."""
    if len(prompts) > room["prompts"]:
        raise ValueError("%s: a cell can ask %d prompts at most" % (function, MAX_PROMPTS))
    prompts = [well_formed(plain(prompt if isinstance(prompt, str) else str(prompt))) for prompt in prompts]
    frame, size = b"", sum(map(len, prompts))
    if size <= MAX_FRAME:
        frame = pack(b"c", {"function": function, "prompts": prompts})
        size = len(frame)
    if size > MAX_FRAME:
        raise ValueError("%s: %d bytes of prompts; at most %d in one call" % (function, size, MAX_FRAME))
    room["prompts"] -= len(prompts)
    seconds = timer.pause()
    send(frame)
    reply = receive(b"R")[1]
    left.update(reply["left"])
    timer.start(seconds)
    return reply["results"]


def llm_query(prompt):
    """Asks the sub model one prompt; its answer, or a string that begins with [ERROR."""
    return call("llm_query", [prompt])[0]


def llm_batch(prompts):
    """Asks the sub model many prompts at once; the answers in their order, a failed one begins with [ERROR."""
    if isinstance(prompts, (str, bytes)):
        raise TypeError("llm_batch takes a list of prompts; use llm_query(prompt) for one")
    prompts = list(itertools.islice(prompts, MAX_PROMPTS + 1))
    return call("llm_batch", prompts) if prompts else []


def budget():
    """What is left for this run: a dict of turns, cost_usd, sub_calls, tokens (None = no limit) and seconds."""
    return dict(left)


def set_answer(text):
    """Ends the run with this text as its answer."""
    text = plain(text if isinstance(text, str) else str(text))
    if not text.strip():
        raise ValueError("set_answer: the answer is empty")
    answer.update(content=text, ready=True)
    namespace["answer"] = answer


def diff(path):
    """The unified diff of a file since the earlier report; '' when it has not changed."""
    return diffs.get(path, "")


def refuse(name):
    def refused(*arguments, **named):
        raise PermissionError(errno.EPERM, name + " is refused here")
    return refused


def execute(name, code):
    """Runs a cell in the namespace of __main__; echoes a last bare expression, as a REPL does."""
    linecache.cache[name] = (len(code), None, code.splitlines(True), name)
    tree = ast.parse(code, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec", dont_inherit=True), namespace)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), name, "eval", dont_inherit=True), namespace)
        if value is not None:
            print(repr(value))


def of_cells(trace):
    """A traceback without the frames of others, of which a deep recursion has many: reading them takes long."""
    kept = []
    while trace:
        if trace.tb_frame.f_code.co_filename.startswith("<turn "):
            kept.append(trace)
        trace = trace.tb_next
    for entry, following in zip(kept, kept[1:] + [None]):
        if entry.tb_next is not following:
            entry.tb_next = following
    return kept[0] if kept else None


def describe(error):
    """The traceback as Python prints it, with the frames of cells only."""
    pending, seen = [error], set()
    while pending:
        raised = pending.pop()
        if raised is None or id(raised) in seen:
            continue
        seen.add(id(raised))
        raised.__traceback__ = of_cells(raised.__traceback__)
        pending += [raised.__cause__, raised.__context__]
    text = "".join(traceback.TracebackException.from_exception(error).format())
    if isinstance(error, OSError) and error.errno == errno.EPERM:
        text += "Note: " + FILES + "; network, other programs and signals are refused too.\n"
    return text


def attempt(cell):
    """Executes a cell; returns how it ended, and a text on what ended it."""
    try:
        try:
            timer.start(cell["limit"])
            execute(cell["name"], cell["code"])
        finally:
            timer.stop()
            begin_anew()
    except SystemExit:
        pass
    except TimeLimit as stopped:
        timer.stop()
        begin_anew()
        error = describe(stopped).rpartition("\n")[0].rpartition("\n")[0]
        return "TIMEOUT", error + "\nTimeLimit: the cell was stopped after %g s; its variables are kept." % cell["limit"]
    except MemoryError as exhausted:
        parachute.open()
        exhausted.__traceback__ = exhausted.__traceback__.tb_next
        return "MEMORY", describe(exhausted) + "The memory limit was reached; variables are kept, `del` the large ones."
    except BaseException as raised:
        return "ERROR", describe(raised)
    return "OK", None


def answered():
    """The answer so far, and whether it is final."""
    answers = [a for a in (answer, namespace.get("answer")) if isinstance(a, dict)]
    contents = [plain(str(dict.get(a, "content") or "")) for a in answers]
    return cut(contents[-1] or contents[0], ANSWER), any(bool(dict.get(a, "ready")) for a in answers)


def run(cell):
    output = Output()
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), output, output
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, output, output
    namespace.update(offered)
    virtual_time.nanos = cell["now"] * 1_000_000
    left.clear()
    left.update(cell["left"])
    room["prompts"] = MAX_PROMPTS
    chance.start(cell["seed"])
    parachute.pack()
    try:
        outcome, error = attempt(cell)
    except MemoryError:
        raise
    except BaseException:  # of an exception's own making
        outcome, error = "ERROR", "An exception was raised that cannot be shown."
    try:
        content, ready = answered()
    except MemoryError:
        raise
    except BaseException:
        content, ready = "", False
        answer.clear()
        answer.update(content="", ready=False)
        namespace["answer"] = answer
        if error is None:
            outcome, error = "ERROR", "answer: its content cannot be read as text"
    return dict(outcome=outcome, output=well_formed(output.text()), outputLength=output.length,
                error=None if error is None else well_formed(cut(error.strip(), ERROR)),
                answer=well_formed(content), ready=ready)


def remember():
    """Returns what undoes the changes a cell made to names of modules, this file's among them, and to the interpreter. A
    convenience too: a cell that means harm ends this process, and has the next one begin without it."""
    loaded = [module for module in sys.modules.values() if type(module) is types.ModuleType and module is not main]
    spaces = [vars(module) for module in loaded] + [globals()]
    names, modules, update = [dict(space) for space in spaces], dict(sys.modules), dict.update
    settrace, setprofile, setrecursionlimit = sys.settrace, sys.setprofile, sys.setrecursionlimit
    depth, module_table, finders, timers = sys.getrecursionlimit(), sys.modules, sys.meta_path, signal.setitimer
    mask, unblocked = signal.pthread_sigmask, signal.SIG_SETMASK

    def restore():
        settrace(None)
        setprofile(None)
        setrecursionlimit(depth)
        timers(1, 0)
        timers(2, 0)
        mask(unblocked, ())
        for space, before in zip(spaces, names):
            update(space, before)
        update(module_table, modules)
        finders[:] = [NotHere]
        gc.callbacks.clear()
        gc.enable()

    return restore


def load(batch):
    at = 0
    while at < len(batch):
        pair = []
        for _ in range(2):
            end = at + 4 + int.from_bytes(batch[at:at + 4], "big")
            pair.append(batch[at + 4:end].decode("utf-8", "replace"))
            at = end
        codebase[pair[0]] = pair[1]


def serve():
    send(pack(b"r", {"python": "%d.%d.%d" % sys.version_info[:3]}))
    while True:
        kind, message = receive(b"O", b"L", b"E")
        if kind == b"E":
            send(pack(b"d", run(message)))
        elif kind == b"L":
            load(message)
            send(pack(b"l", {"files": len(codebase)}))
        else:
            extras = decode(message["extras"])
            if "diffs" in extras:
                diffs.update(extras.pop("diffs"))
                namespace["diff"] = diff
            namespace.update(extras, file_tree=message["fileTree"], metadata=decode(message["metadata"]))
            send(pack(b"l", {"files": 0}))


preload()
ast, gc, itertools = (sys.modules[name] for name in "ast gc itertools".split())
main = types.ModuleType("__main__")
namespace = main.__dict__
namespace.update(codebase=codebase, file_tree="", metadata={}, answer=answer)
offered = dict(llm_query=llm_query, llm_batch=llm_batch, budget=budget, set_answer=set_answer,  # to each cell anew
               __builtins__=sys.modules["builtins"])
real_streams = sys.stdin, sys.stdout, sys.stderr  # kept: collecting them would close the pipes
os.environ.clear()
sys.modules["warnings"].simplefilter("ignore")
chance = Chance()
virtual_time.install()
limit()
libc = ctypes.CDLL(None, use_errno=True)
if SANDBOXED:
    lock_in(libc)
    prove(libc)
for refused in "walk fwalk listdir scandir system popen".split():  # os.walk would find nothing and say nothing
    setattr(os, refused, refuse("os." + refused))
sys.modules["builtins"].open = refuse("open()")
sys.addaudithook = refuse("sys.addaudithook")  # it could not be undone
for hidden in HIDDEN:
    sys.modules.pop(hidden, None)
sys.stdin, sys.stdout, sys.stderr = io.StringIO(), Output(), Output()
sys.modules["__main__"] = main
begin_anew = remember()
sys.meta_path[:] = [NotHere]
os.close(2)
try:
    serve()
except MemoryError:
    os_exit(OUT_OF_MEMORY)
except BaseException:  # nothing of a cell's may run while Python tidies up
    os_exit(BROKEN)
