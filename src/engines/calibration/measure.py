# Measures what threads, processes and interpreters cost on the Python that runs this file, in a few seconds, and
# prints one JSON object: {"python": {...}, "samples": {name: [ns, ...]}, "notMeasured": {name: why}}.
# The standard library only, CPython 3.8 to 3.15. It parses under Python 2 too, so that it can say what it is run by.
import json
import os
import platform
import sys
import time

MS = 1000000
SAMPLES = {}
NOT_MEASURED = {}


def about():
    implementation = platform.python_implementation()
    known = {"implementation": implementation, "version": "%d.%d.%d" % sys.version_info[:3]}
    if implementation == "CPython" and sys.version_info >= (3, 8):
        enabled = getattr(sys, "_is_gil_enabled", lambda: True)()
        known.update(
            gil=bool(enabled),
            switchIntervalNs=round(sys.getswitchinterval() * 1e9),
            cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
            platform=sys.platform,
        )
    return known


def attempt(names, measure):
    """Runs one measurement. What goes wrong becomes the reason why its figures are missing."""
    try:
        for name, samples in measure():
            SAMPLES[name] = samples
    except Exception as error:
        text = str(error).strip().split("\n")[0]
        for name in names:
            NOT_MEASURED[name] = text if isinstance(error, Missing) else "%s: %s" % (type(error).__name__, text)


class Missing(Exception):
    """The platform or the version has nothing to measure here; the message says what."""


def clock():
    return time.perf_counter_ns()


# ---- Python code, waits and threads


def loop_turns():
    turns = 100000
    samples = []
    for _ in range(15):
        n = turns
        start = clock()
        while n > 0:
            n -= 1
        samples.append((clock() - start) / float(turns))
    return [("loopTurn", samples)]


def timer_slack():
    try:
        with open("/proc/self/timerslack_ns") as file:
            return [("timerSlack", [int(file.read())])]
    except (OSError, ValueError):
        raise Missing("only Linux says what it is (/proc/self/timerslack_ns)")


def timed_waits():
    """How much later than asked a timed wait ends, while other code computes on another core."""
    import hashlib
    import threading

    asked = 5 * MS
    lock = threading.Lock()
    lock.acquire()
    over = []

    def keep_a_core_busy():
        block = bytes(1 << 20)
        while not over:
            hashlib.sha256(block)  # lets go of the GIL

    other = threading.Thread(target=keep_a_core_busy)
    other.start()
    samples = []
    try:
        for _ in range(80):
            start = clock()
            lock.acquire(timeout=asked / 1e9)
            samples.append(max(0, clock() - start - asked))
    finally:
        over.append(True)
        other.join()
    return [("timedWaitLate", samples)]


def ping_pong():
    """Half a round trip between two threads that wake one another through locks."""
    import threading

    here, there = threading.Lock(), threading.Lock()
    here.acquire()
    there.acquire()
    rounds = 1500

    def answer():
        for _ in range(rounds):
            there.acquire()
            here.release()

    other = threading.Thread(target=answer)
    other.start()
    samples = []
    for _ in range(rounds):
        start = clock()
        there.release()
        here.acquire()
        samples.append((clock() - start) / 2.0)
    other.join()
    return [("pingPong", samples[100:])]


def turns_of(count, seconds):
    """The turns of threads that count, ordered by time: (first instant, last instant, thread)."""
    import threading

    runs = [[] for _ in range(count)]
    gate = threading.Barrier(count)

    def run(number):
        own = runs[number]
        gate.wait()
        first = last = clock()
        end = first + int(seconds * 1e9)
        while last < end:
            now = clock()
            if now - last > 300000:  # away for longer than anything but a hand-off, or the system, takes
                own.append((first, last, number))
                first = now
            last = now
        own.append((first, last, number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(turn for own in runs for turn in own)


def hand_offs():
    if not PYTHON["gil"]:
        raise Missing("the GIL is off in this interpreter")
    turns = turns_of(2, 0.9)[2:-2]
    pairs = [(old, new) for old, new in zip(turns, turns[1:]) if old[2] != new[2] and new[0] > old[1]]
    # A gap as long as a tick of the system belongs to other work on this machine.
    gaps = [new[0] - old[1] for old, new in pairs if new[0] - old[1] < 3 * MS]
    if len(gaps) < 20:
        raise Missing("only %d hand-offs were seen between two counting threads" % len(gaps))
    return [("handOffGap", gaps), ("hold", [last - first for first, last, _ in turns])]


def turn_order():
    """1 for three turns in a row by three threads, 0 for other orders."""
    if not PYTHON["gil"]:
        raise Missing("the GIL is off in this interpreter")
    order = [number for _, _, number in turns_of(3, 1.2)]
    order = [number for i, number in enumerate(order) if i == 0 or order[i - 1] != number]
    windows = [int(len(set(order[i : i + 3])) == 3) for i in range(2, len(order) - 4)]
    if len(windows) < 50:
        raise Missing("only %d turns were seen of three counting threads" % len(windows))
    return [("distinctTurns", windows)]


def thread_starts():
    """Core time, not time: what start() costs its caller, and what a thread has used at its first line."""
    import threading

    if time.get_clock_info("thread_time").resolution > 1e-6:
        raise Missing("this system counts the core time of threads too coarsely")
    parents, children = [], []
    for _ in range(150):
        thread = threading.Thread(target=lambda: children.append(time.thread_time_ns()))
        start = time.thread_time_ns()
        thread.start()
        parents.append(time.thread_time_ns() - start)
        thread.join()
    return [("threadStart", parents[20:]), ("threadBootstrap", children[20:])]


# ---- processes


def nothing():
    pass


def process_starts(method, count):
    import multiprocessing

    if method not in multiprocessing.get_all_start_methods():
        raise Missing("this system has no %s" % method)
    context = multiprocessing.get_context(method)
    starts, wholes = [], []
    for _ in range(count + 1):
        process = context.Process(target=nothing)
        start = clock()
        process.start()
        started = clock()
        process.join()
        wholes.append(clock() - start)
        starts.append(started - start)
        if process.exitcode != 0:
            raise Missing("a process of multiprocessing ended with exit code %s" % process.exitcode)
    # The first one brings helpers of multiprocessing to life.
    return [(method + "Start", starts[1:]), (method + "Whole", wholes[1:])]


def round_trips():
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else "spawn")
    samples = []
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        for _ in range(220):
            start = clock()
            pool.submit(nothing).result()
            samples.append(clock() - start)
    return [("roundTrip", samples[20:])]


def slices():
    """How long two processes on one core run before it is the other's turn."""
    if not hasattr(os, "fork") or not hasattr(os, "sched_setaffinity"):
        raise Missing("only Linux lets a program keep to one core")
    cores = os.sched_getaffinity(0)
    child = 0
    try:
        os.sched_setaffinity(0, {min(cores)})
        child = os.fork()
        if child == 0:
            end = clock() + 500 * MS
            while clock() < end:
                pass
            os._exit(0)
        samples = []
        first = last = clock()
        end = first + 450 * MS
        while last < end:
            now = clock()
            if now - last > 500000:
                samples.append(last - first)
                first = now
            last = now
    finally:
        if child > 0:
            os.waitpid(child, 0)
        os.sched_setaffinity(0, cores)
    if len(samples) < 10:
        raise Missing("the core went from one process to another only %d times" % len(samples))
    return [("slice", samples[2:])]


# ---- objects and interpreters


def pickles():
    import pickle

    numbers = list(range(100000, 200000))
    contents = [numbers, [n / 7.0 for n in numbers], {"key %d" % n: n for n in numbers}]
    dumps, loads = [], []
    for content in contents:
        taken, rebuilt = [], []
        for _ in range(4):
            start = clock()
            data = pickle.dumps(content, 5)
            middle = clock()
            pickle.loads(data)
            taken.append(middle - start)
            rebuilt.append(clock() - middle)
        dumps.append(min(taken) / (len(data) / 1e6))
        loads.append(min(rebuilt) / (len(data) / 1e6))
    return [("picklePerMB", dumps), ("unpicklePerMB", loads)]


def copies():
    import pickle

    content = bytes(10 * 1000 * 1000)
    samples = []
    for _ in range(5):
        start = clock()
        data = pickle.dumps(content, 5)
        middle = clock()
        pickle.loads(data)
        samples += [(middle - start) / 10.0, (clock() - middle) / 10.0]
    return [("copyPerMB", samples)]


def pipes():
    import multiprocessing
    import threading

    data = bytes(10 * 1000 * 1000)
    samples = []
    for _ in range(5):
        receiver, sender = multiprocessing.Pipe(duplex=False)
        other = threading.Thread(target=sender.send_bytes, args=(data,))
        start = clock()
        other.start()
        receiver.recv_bytes()
        samples.append((clock() - start) / 10.0)
        other.join()
        receiver.close()
        sender.close()
    return [("pipePerMB", samples)]


def interpreters():
    if sys.version_info < (3, 12):
        raise Missing("sub-interpreters with a GIL of their own exist since 3.12")
    if sys.version_info < (3, 13):
        import _xxsubinterpreters as module
    else:
        import _interpreters as module
    samples = []
    for _ in range(6):
        start = clock()
        made = module.create()
        samples.append(clock() - start)
        module.destroy(made)
    return [("interpreterStart", samples[1:])]


def measure_all():
    # Processes first: a process that has threads should not fork.
    for method, count in (("fork", 8), ("forkserver", 5), ("spawn", 4)):
        attempt([method + "Start", method + "Whole"], lambda: process_starts(method, count))
    attempt(["slice"], slices)
    attempt(["roundTrip"], round_trips)
    attempt(["loopTurn"], loop_turns)
    attempt(["timerSlack"], timer_slack)
    attempt(["timedWaitLate"], timed_waits)
    attempt(["pingPong"], ping_pong)
    attempt(["handOffGap", "hold"], hand_offs)
    attempt(["distinctTurns"], turn_order)
    attempt(["threadStart", "threadBootstrap"], thread_starts)
    attempt(["picklePerMB", "unpicklePerMB"], pickles)
    attempt(["copyPerMB"], copies)
    attempt(["pipePerMB"], pipes)
    attempt(["interpreterStart"], interpreters)


if __name__ == "__main__":
    PYTHON = about()
    if "gil" in PYTHON:
        measure_all()
    sys.stdout.write(json.dumps({"python": PYTHON, "samples": SAMPLES, "notMeasured": NOT_MEASURED}) + "\n")
    sys.stdout.flush()
