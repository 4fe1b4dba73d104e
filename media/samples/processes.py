"""What do processes cost, and when are they worth it?

    python3 processes.py [ROUNDS]

Runs the same computation in threads and in processes, once short and once
long, and measures what it costs to send data. Works on CPython 3.9 and later.

Each process has an interpreter and a GIL of its own, so they compute at the
same time. But they have to be started, and what goes in and out is pickled:
taken to pieces, sent as bytes, and put together again.
"""
import pickle
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

# gil: machine cores=4 interval=5ms seed=1

WORKERS = 4


def compute(rounds=8):  # gil: threads 4
    total = 0
    for _ in range(rounds):                               # gil: repeat 8
        total += sum(n * n % 7 for n in range(300_000))   # gil: compute 24ms
        # What a worker sends back is pickled with the GIL held.
        pickle.dumps(list(range(20_000)))                 # gil: holds 1ms
    return total


def wall_time(executor, rounds):
    """Seconds from making the pool to the last result."""
    started = time.perf_counter()
    with executor(max_workers=WORKERS) as pool:
        list(pool.map(compute, [rounds] * WORKERS))
    return time.perf_counter() - started


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    for label, count in (("short", 1), ("long", 4 * rounds)):
        threads = wall_time(ThreadPoolExecutor, count)
        processes = wall_time(ProcessPoolExecutor, count)
        print(
            f"{label + ' work:':12} threads {threads:.2f} s, processes {processes:.2f} s,"
            f" speed-up {threads / processes:.1f} times"
        )

    rows = [{"id": n, "name": f"row {n}"} for n in range(100_000)]
    started = time.perf_counter()
    data = pickle.dumps(rows)
    pickle.loads(data)
    seconds = time.perf_counter() - started
    print(f"sending {len(rows):,} rows: {len(data) / 1e6:.1f} MB, {seconds * 1000:.0f} ms of pickling")


# A started process may import this file: without this line it would start
# processes in turn.
if __name__ == "__main__":
    main()
