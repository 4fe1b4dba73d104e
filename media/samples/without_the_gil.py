"""What if the threads did not share a GIL?

    python3 without_the_gil.py [ROUNDS]

Runs the same computation in threads and, where this Python has them (3.14 and
later), in sub-interpreters with a GIL each. On a free-threaded build
(python3.14t) the threads themselves run at the same time. Works on CPython 3.9
and later, and says what it does not find.
"""
import concurrent.futures
import sys
import sysconfig
import time

# gil: machine cores=4 interval=5ms seed=1

WORKERS = 4


def compute(rounds=10):  # gil: threads 4
    total = 0
    for _ in range(rounds):                               # gil: repeat 10
        total += sum(n * n % 7 for n in range(300_000))   # gil: compute 24ms
    return total


def wall_time(executor, rounds):
    started = time.perf_counter()
    with executor(max_workers=WORKERS) as pool:
        list(pool.map(compute, [rounds] * WORKERS))
    return time.perf_counter() - started


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10

    # Two questions: how was it built, and is there a GIL now? A free-threaded
    # build turns it on again for an extension that does not support it.
    build_is_free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    gil_is_on = getattr(sys, "_is_gil_enabled", lambda: True)()
    build = "free-threaded" if build_is_free_threaded else "default"
    print(f"Python {sys.version.split()[0]}, {build} build, GIL {'on' if gil_is_on else 'off'}")

    started = time.perf_counter()
    for _ in range(WORKERS):
        compute(rounds)
    alone = time.perf_counter() - started
    print(f"one after the other: {alone:.2f} s")

    threads = wall_time(concurrent.futures.ThreadPoolExecutor, rounds)
    print(f"{WORKERS} threads:           {threads:.2f} s, speed-up {alone / threads:.1f} times")

    interpreters = getattr(concurrent.futures, "InterpreterPoolExecutor", None)
    if interpreters is None:
        print(f"{WORKERS} sub-interpreters:  need Python 3.14 or later")
        return
    seconds = wall_time(interpreters, rounds)
    print(f"{WORKERS} sub-interpreters:  {seconds:.2f} s, speed-up {alone / seconds:.1f} times")


if __name__ == "__main__":
    main()
