# The recorder inside of a program, for where its memory cannot be read from outside. Runs the program as Python itself
# would, and beside it a thread that sleeps, notes how late it gets the GIL, and looks at all threads' stacks.
#   FOLDER probe|events script|module|code TARGET [ARGUMENT ...]
# Writes one JSON object a line to FOLDER/inside.jsonl; ends when FOLDER is gone. Only what Python 3.8 knows is used.
import _thread
import atexit
import json
import os
import re
import sys
import threading
import time

PERIOD = 0.01
MOST_FRAMES = 48
# Looks between two writes, and between two questions whether anybody still reads: 0.1 s, 0.5 s when nobody waits.
FLUSH_EVERY = 5
CHECK_EVERY = 25
MOST_THREADS = 5000
# Asking an iterator for its next item may call C code that sleeps; who computes in a loop stands here as well, but runs.
ASKS_ITERATOR = ("FOR_ITER", "INSTRUMENTED_FOR_ITER")
CALLS = ("CALL", "PRECALL", "BEFORE_WITH", "SETUP_WITH", "WITH_", "INSTRUMENTED_CALL", "LOAD_SPECIAL")
NOT_OWN = re.compile(r"^<|[/\\](lib(64)?[/\\]python\d[^/\\]*|Lib|site-packages|dist-packages)[/\\]")
try:
    import resource

    def sleeps():
        # How often this thread gave its core away of its own will; only Linux counts that for a thread.
        return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw

    sleeps()
except (ImportError, AttributeError, OSError, ValueError):

    def sleeps():
        return 0




def way_to_frames():
    # From 3.12 on interpreters may have GILs of their own. sys._current_frames then reads the frames of others while
    # they run, which ends the program. So it is called only while there is one interpreter, and nothing may come in
    # between: all of this runs as one step of C code, in which no other thread gets the GIL. None: not while there are
    # others.
    if sys.version_info < (3, 12):
        return sys._current_frames
    from itertools import compress, starmap

    try:
        try:
            from _interpreters import list_all
        except ImportError:
            from _xxsubinterpreters import list_all
    except ImportError:
        return sys._current_frames  # the program has no way to make others either
    once = ((),)
    is_one = (1).__eq__

    def frames_while_alone():
        counts = map(len, starmap(list_all, once))
        return next(starmap(sys._current_frames, compress(once, map(is_one, counts))), None)

    return frames_while_alone


current_frames = way_to_frames()
clock = time.perf_counter_ns
get_ident = _thread.get_ident


class Probe:
    def __init__(self, folder, with_events):
        self.folder = folder
        self.pid = os.getpid()
        self.with_events = with_events
        self.here = os.getcwd()
        self.origin = clock()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self.file = os.open(os.path.join(folder, "inside.jsonl"), flags, 0o600)
        self.lines = []
        self.threads = {}
        self.positions = {}
        self.at_call = {}
        self.is_own = {}
        self.last = 0
        self.period = PERIOD
        self.turns = []
        self.turn = [0, 0, 0]
        self.is_over = False
        self.lock = _thread.allocate_lock()
        self.say(
            kind="process",
            pid=self.pid,
            version="%d.%d.%d" % sys.version_info[:3],
            switchIntervalNs=round(sys.getswitchinterval() * 1e9),
            hasGil=getattr(sys, "_is_gil_enabled", lambda: True)(),
        )
        self.flush()

    def say(self, **line):
        self.lines.append(json.dumps(line, separators=(",", ":")))

    def flush(self):
        text = "".join(line + "\n" for line in self.lines)
        self.lines = []
        data = text.encode("utf-8", "replace")
        while data:
            data = data[os.write(self.file, data) :]

    def run(self):
        self.ident = get_ident()
        try:
            # Each call of the system lets go of the GIL, and so waits for it again: few of them.
            count = 0
            while not self.is_over and (count % CHECK_EVERY or os.path.isdir(self.folder)):
                count += 1
                slept = sleeps()
                planned = clock() + round(self.period * 1e9)
                time.sleep(self.period)
                now = clock()
                # It slept once, and not again for the GIL: if it is late, then for want of a core.
                at_once = sleeps() - slept == 1
                with self.lock:
                    if self.is_over:
                        return
                    before = time.thread_time_ns()
                    self.look(now, max(0, now - planned), at_once)
                    # With hundreds of threads a look takes long: it shall take 2 % of the time at most.
                    self.period = max(PERIOD, 50e-9 * (time.thread_time_ns() - before))
                    if count % FLUSH_EVERY == 0:
                        self.flush()
        except OSError:
            pass  # nobody reads any more, or the disk is full: the program runs on
        self.is_over = True
        stop_events()

    def end(self):
        # At the end of the program, in its main thread; not in children that it forked.
        if self.is_over or os.getpid() != self.pid:
            return
        with self.lock:
            self.is_over = True
            stop_events()
            try:
                self.look(clock(), 0, False)
                self.say(kind="end", nowNs=clock() - self.origin)
                self.flush()
            except OSError:
                pass

    def forget(self):
        # A forked child has no probing thread: it is not recorded, and not slowed.
        self.is_over = True
        if self.with_events:
            stop_events()

    def look(self, now, late, at_once):
        frames = current_frames()
        active = dict(threading._active)
        looks = []
        has_others = frames is None
        if has_others:
            frames = dict.fromkeys(active)
        for ident, frame in frames.items():
            if ident != getattr(self, "ident", 0):
                looked = self.look_at(ident, frame, active.get(ident), now)
                if looked:
                    looks.append(looked)
        del frames
        ended = [ident for ident, thread in self.threads.items() if thread["seen"] != now]
        ended = [self.threads.pop(ident)["index"] for ident in ended]
        self.say(
            kind="interval",
            fromNs=self.last,
            toNs=now - self.origin,
            lateNs=late,
            atOnce=at_once,
            hasOthers=has_others,
            threads=looks,
            turns=self.take_turns(),
            ended=ended,
        )
        self.last = now - self.origin

    def look_at(self, ident, frame, thread, now):
        native = getattr(thread, "native_id", None) or 0
        known = self.threads.get(ident)
        if known is None or (native and known["native"] and known["native"] != native):
            known = self.meet(ident, native, thread)
        known["seen"] = now
        if known["index"] >= MOST_THREADS:
            return None
        # A library may have made the thread, and threading heard of it later.
        if thread is not None and thread.name != known["name"]:
            known["name"] = thread.name
            self.say(kind="name", index=known["index"], name=thread.name)
        if frame is None:
            return [known["index"], 0, -1, 1]
        # In an event's callback: what counts is who called it.
        while frame.f_code.co_filename == __file__ and frame.f_back is not None:
            frame = frame.f_back
        ran = self.ran(known)
        if frame.f_code.co_filename == __file__:
            return [known["index"], 0, ran, 1]
        return [known["index"], self.position(frame), ran, int(self.is_call(frame.f_code, frame.f_lasti, ran))]

    def meet(self, ident, native, thread):
        known = {"index": self.met(), "native": native, "name": None, "ran": None}
        known["name"] = thread.name if thread is not None else "thread %d" % (native or ident)
        self.threads[ident] = known
        if known["index"] < MOST_THREADS:
            self.say(
                kind="thread",
                index=known["index"],
                nativeId=native or known["index"] + 1,
                isMain=thread is threading.main_thread(),
                name=known["name"],
                sinceNs=self.last,
            )
        return known

    def met(self):
        self.count = getattr(self, "count", -1) + 1
        return self.count

    def ran(self, known):
        # Linux derives the clock of a thread from its id; one that is gone gives an error, where asking for it by
        # pthread_t (pthread_getcpuclockid) could crash the program.
        if not sys.platform.startswith("linux") or not known["native"]:
            return -1
        try:
            total = time.clock_gettime_ns((~known["native"] << 3) | 6)
        except OSError:
            return -1
        before, known["ran"] = known["ran"], total
        return -1 if before is None else max(0, total - before)

    def position(self, frame):
        innermost = frame
        for _ in range(MOST_FRAMES):
            if frame is None:
                frame = innermost
                break
            if self.owns(frame.f_code.co_filename):
                break
            frame = frame.f_back
        frame = frame or innermost
        code = frame.f_code
        key = (code, frame.f_lineno)
        index = self.positions.get(key)
        if index is None:
            index = len(self.positions) + 1
            if index > 100000:
                return 0
            self.positions[key] = index
            file = code.co_filename
            if not file.startswith("<"):
                file = os.path.join(self.here, file)
            name = getattr(code, "co_qualname", code.co_name)
            self.say(kind="position", index=index, file=file, line=frame.f_lineno or 0, functionName=name)
        return index

    def owns(self, file):
        is_own = self.is_own.get(file)
        if is_own is None:
            is_own = self.is_own[file] = file != __file__ and not NOT_OWN.search(file)
        return is_own

    def is_call(self, code, instruction, ran):
        key = (code, instruction)
        name = self.at_call.get(key)
        if name is None:
            if len(self.at_call) > 100000:
                self.at_call.clear()
            name = OPNAMES[code.co_code[instruction]] if instruction >= 0 else ""
            self.at_call[key] = name
        # Who waits for the GIL asks again and again, which takes some time with a core: one that had none sleeps.
        return name.startswith(CALLS) or (ran == 0 and name.startswith(ASKS_ITERATOR))

    def take_turns(self):
        if not self.with_events:
            return []
        self.turns.append(tuple(self.turn))
        self.turn[0] = 0
        turns, self.turns = self.turns, []
        told = []
        for ident, start, end in turns:
            thread = self.threads.get(ident)
            if thread and end > start and thread["index"] < MOST_THREADS:
                told.append([thread["index"], start - self.origin, end - self.origin])
        return told

    # Events: whoever runs Python code holds the GIL at that moment.

    def monitored(self, code, *_):
        me = get_ident()
        if me == getattr(self, "ident", 0):
            return sys.monitoring.DISABLE
        self.ran_here(me)

    def profiled(self, *_):
        self.ran_here(get_ident())

    def ran_here(self, me):
        turn = self.turn
        now = clock()
        if turn[0] != me:
            if len(self.turns) < 20000:
                self.turns.append(tuple(turn))
            turn[0] = me
            turn[1] = now
        turn[2] = now


def opcode_names():
    import opcode

    return list(opcode.opname)


TOOL = 4


def start_events(probe):
    if hasattr(sys, "monitoring"):
        events = sys.monitoring.events
        wanted = (events.PY_START, events.PY_RESUME, events.PY_RETURN, events.JUMP)
        sys.monitoring.use_tool_id(TOOL, "GIL Scope")
        for event in wanted:
            sys.monitoring.register_callback(TOOL, event, probe.monitored)
        sys.monitoring.set_events(TOOL, sum(wanted))
    else:
        threading.setprofile(probe.profiled)
        sys.setprofile(probe.profiled)


def stop_events():
    if hasattr(sys, "monitoring"):
        if sys.monitoring.get_tool(TOOL) == "GIL Scope":
            sys.monitoring.set_events(TOOL, 0)
            sys.monitoring.free_tool_id(TOOL)
    else:
        threading.setprofile(None)
        sys.setprofile(None)


OPNAMES = opcode_names()


def start(folder, way):
    probe = Probe(folder, way == "events")
    atexit.register(probe.end)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=probe.forget)
    # Not a threading.Thread: the program's own count of threads stays right.
    _thread.start_new_thread(probe.run, ())
    if probe.with_events:
        start_events(probe)


def without_us(traceback):
    # Who reads the traceback knows nothing of what started the program.
    files = []
    step = traceback
    while step is not None:
        files.append(step.tb_frame.f_code.co_filename)
        step = step.tb_next
    skipped = len(files) - files[::-1].index(__file__) if __file__ in files else 0
    while skipped < len(files) and os.path.basename(files[skipped]) in ("runpy.py", "<frozen runpy>"):
        skipped += 1
    for _ in range(skipped):
        traceback = traceback.tb_next
    return traceback


def fresh_main():
    main = sys.modules["__main__"]
    for name in list(vars(main)):
        if name not in ("__name__", "__doc__", "__package__", "__loader__", "__spec__", "__builtins__"):
            del vars(main)[name]
    main.__doc__ = None
    return main


def set_path(first):
    # Python puts the script's folder first, unless it was told not to (-I, -P).
    if sys.flags.isolated or getattr(sys.flags, "safe_path", False):
        return
    if sys.path and sys.path[0] == "":
        del sys.path[0]
    sys.path.insert(0, first)


def run_script(path):
    import runpy

    is_archive = os.path.isdir(path) or (os.path.isfile(path) and __import__("zipfile").is_zipfile(path))
    if is_archive:
        fresh_main()
        sys.path.insert(0, path)
        return lambda: runpy._run_module_as_main("__main__", False)
    from importlib import machinery

    loaders = machinery.SourcelessFileLoader if path.endswith(".pyc") else machinery.SourceFileLoader
    loader = loaders("__main__", path)
    try:
        code = loader.get_code("__main__") if path.endswith(".pyc") else compiled(path)
    except OSError as error:
        sys.stderr.write("%s: can't open file %r: [Errno %s] %s\n" % (sys.executable, path, error.errno, error.strerror))
        sys.exit(2)
    main = fresh_main()
    main.__file__ = path
    main.__cached__ = None
    main.__loader__ = loader
    main.__spec__ = None
    set_path(os.path.dirname(os.path.realpath(path)))
    return lambda: exec(code, vars(main))


def compiled(path):
    with open(path, "rb") as file:
        return compile(file.read(), path, "exec", dont_inherit=True)


def run_module(name):
    import runpy

    fresh_main()
    set_path(os.getcwd())
    return lambda: runpy._run_module_as_main(name)


def run_code(text):
    main = fresh_main()
    code = compile(text, "<string>", "exec", dont_inherit=True)
    import linecache

    # 3.13 and later show the lines of -c in tracebacks, and would show those of the program that started us.
    if hasattr(linecache, "_register_code"):
        linecache._register_code(code, text, "<string>")
        if "<string>" in linecache.cache:
            linecache.cache["<string>"] = linecache.cache.get(code)  # 3.13.0 looks there
    return lambda: exec(code, vars(main))


def main():
    folder, way, kind, target = sys.argv[2:6]
    first = {"script": target, "module": "-m", "code": "-c"}[kind]
    sys.argv[:] = [first] + sys.argv[6:]
    original = sys.excepthook

    def hook(type, error, traceback):
        error.__traceback__ = without_us(traceback)
        original(type, error, error.__traceback__)

    program = {"script": run_script, "module": run_module, "code": run_code}[kind](target)
    start(folder, way)
    sys.excepthook = hook
    program()


main()
