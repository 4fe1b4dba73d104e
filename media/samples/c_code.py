"""Which calls run at the same time although there is a GIL?

    python3 c_code.py [ROUNDS]

Hashes and compresses one after the other and in four threads, then does the
same with sorting, and prints the times. Works on CPython 3.9 and later.

C code may release the GIL while it works on data that no Python code can
change meanwhile. hashlib does (from 2048 bytes on), zlib does. Sorting asks
Python objects all the time, and keeps it: to see that, write
"# gil: threads 4" after "def sort" and "# gil: holds 4ms" after its sorted().
"""
import hashlib
import os
import random
import sys
import threading
import time
import zlib

# gil: machine cores=4 interval=5ms seed=1

WORKERS = 4
BLOCK = os.urandom(500_000) * 4
NUMBERS = [random.random() for _ in range(30_000)]


def hash_and_pack(rounds=6):  # gil: threads 4
    for _ in range(rounds):                    # gil: repeat 6
        name = hashlib.sha256(BLOCK).digest()  # gil: releases 2ms
        packed = zlib.compress(BLOCK, 1)       # gil: releases 45ms
        # Between the calls a little Python, and that needs the GIL.
        check = sum(name) + len(packed)        # gil: compute 1ms
    return check


def sort(rounds=6):
    for _ in range(rounds):
        ordered = sorted(NUMBERS)
    return ordered


def speed_up(work, rounds):
    """How much faster four threads are than four calls in a row."""
    started = time.perf_counter()
    for _ in range(WORKERS):
        work(rounds)
    in_a_row = time.perf_counter() - started

    threads = [threading.Thread(target=work, args=(rounds,)) for _ in range(WORKERS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    in_threads = time.perf_counter() - started
    print(f"  in a row {in_a_row:.2f} s, in threads {in_threads:.2f} s")
    return in_a_row / in_threads


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    print("hashing and compressing (release the GIL):")
    print(f"  speed-up {speed_up(hash_and_pack, rounds):.1f} times")
    print("sorting (keeps the GIL):")
    print(f"  speed-up {speed_up(sort, rounds):.1f} times")


if __name__ == "__main__":
    main()
