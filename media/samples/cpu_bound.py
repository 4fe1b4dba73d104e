"""Does Python code get faster with more threads?

    python3 cpu_bound.py [ROUNDS]

Runs the same work in four threads and in four processes and prints how long
each took. Works on CPython 3.9 and later.

The comments that begin with "# gil:" say what a line costs. They are for
GIL Scope's demo (command "Run GIL Demo"); Python does not look at them.
Change a number and watch the picture change.
"""
import os
import sys
import tempfile
import threading
import time
import zlib
from multiprocessing import Process

# gil: machine cores=4 interval=5ms seed=1

WORKERS = 4


def primes_below(limit):
    """Python bytecode: needs the GIL for every single step."""
    sieve = bytearray([1]) * limit
    for n in range(2, limit):
        if sieve[n]:
            for multiple in range(n * n, limit, n):
                sieve[multiple] = 0
    return [n for n in range(2, limit) if sieve[n]]


def longest_chain(limit):
    """More bytecode: the longest Collatz chain that starts below limit."""
    longest = 0
    for start in range(1, limit):
        n, length = start, 0
        while n > 1:
            n = 3 * n + 1 if n % 2 else n // 2
            length += 1
        longest = max(longest, length)
    return longest


def crunch(rounds=10):  # gil: threads 4
    report = os.urandom(200_000)
    for _ in range(rounds):              # gil: repeat 10
        primes = primes_below(180_000)   # gil: compute 26ms
        longest_chain(4_800)             # gil: compute 21ms
        # Sorting calls no Python code here, and so has no point to release it.
        sorted(primes, key=str)          # gil: holds 3ms
        # zlib releases the GIL: others compute Python meanwhile.
        packed = zlib.compress(report)   # gil: releases 6ms
        save(packed)


def save(data):
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())          # gil: io 3ms


def wall_time(kind, rounds):
    """Seconds until four workers of this kind, threads or processes, are done."""
    workers = [kind(target=crunch, args=(rounds,)) for _ in range(WORKERS)]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - started


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    threads = wall_time(threading.Thread, rounds)
    processes = wall_time(Process, rounds)
    print(f"{WORKERS} threads on {os.cpu_count()} cores:   {threads:.2f} s")
    print(f"{WORKERS} processes on {os.cpu_count()} cores: {processes:.2f} s")
    print(f"speed-up: {threads / processes:.1f} times")


# Processes may import this file again: what starts them must be guarded.
if __name__ == "__main__":
    main()
