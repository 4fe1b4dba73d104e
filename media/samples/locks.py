"""Do threads wait for the GIL, or for a lock that is held over I/O?

    python3 locks.py [REQUESTS]

Four threads ask a cache for values that a slow server has. First the cache
keeps its lock while it asks the server, then it asks without the lock, and the
program prints how long each took. Works on CPython 3.6 and later.

Who sleeps releases the GIL, but not a lock: the others wait for it all the
same. The picture shows it as waiting for another lock, and for each wait who
has the lock and what that thread does meanwhile.
"""
import sys
import threading
import time

# gil: machine cores=4 interval=5ms seed=1

WORKERS = 4


cache = {}
cache_lock = threading.Lock()


def ask_server(key):
    """Stands for a server that takes 10 ms to answer."""
    time.sleep(0.01)                       # gil: io 10ms
    return key * key


def get_inside(key):
    # Nobody else gets even a value that is there already.
    with cache_lock:                       # gil: lock cache_lock
        if key not in cache:
            cache[key] = ask_server(key)
        return cache[key]


def get_outside(key):
    with cache_lock:
        if key in cache:
            return cache[key]
    # Two threads may ask for the same key; that costs less than to wait.
    value = ask_server(key)
    with cache_lock:
        return cache.setdefault(key, value)


def work(requests, first):  # gil: threads 4
    total = 0
    for i in range(requests):              # gil: repeat 8
        total += get_inside(first + i)
        total += sum(range(60_000))        # gil: compute 1ms
    return total


def work_outside(requests, first):
    total = 0
    for i in range(requests):
        total += get_outside(first + i)
        total += sum(range(60_000))
    return total


def time_of(target, requests):
    cache.clear()
    threads = [
        threading.Thread(target=target, args=(requests, requests * i))
        for i in range(WORKERS)
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def main():
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    print(f"{WORKERS} threads, {requests} requests each")
    print(f"  the lock is held while the server is asked: {time_of(work, requests):.2f} s")
    print(f"  the server is asked without the lock:       {time_of(work_outside, requests):.2f} s")


if __name__ == "__main__":
    main()
