"""Do threads help a program that mostly waits?

    python3 io_bound.py [REQUESTS]

Fetches the same answers one after the other and in eight threads, and prints
how long each took. Works on CPython 3.9 and later.

A thread releases the GIL before it waits, so all of them wait together.
"""
import json
import sys
import threading
import time

# gil: machine cores=4 interval=5ms seed=1

WORKERS = 8


def fetch():
    """Stands for a server that takes 40 ms to answer."""
    time.sleep(0.04)                       # gil: io 40ms
    return json.dumps({"items": list(range(2_000))})


def fetch_all(requests=6):  # gil: threads 8
    total = 0
    for _ in range(requests):              # gil: repeat 6
        text = fetch()
        # Parsing makes Python objects, so it keeps the GIL; but it is short.
        items = json.loads(text)["items"]  # gil: holds 150us
        total += sum(items)                # gil: compute 100us
    return total


def main():
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 6

    started = time.perf_counter()
    for _ in range(WORKERS):
        fetch_all(requests)
    in_a_row = time.perf_counter() - started

    threads = [
        threading.Thread(target=fetch_all, args=(requests,)) for _ in range(WORKERS)
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    in_threads = time.perf_counter() - started

    print(f"one after the other: {in_a_row:.2f} s")
    print(f"in {WORKERS} threads:        {in_threads:.2f} s")
    print(f"speed-up: {in_a_row / in_threads:.1f} times")


if __name__ == "__main__":
    main()
