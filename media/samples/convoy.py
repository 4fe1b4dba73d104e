"""Why does one busy thread slow down a thread that hardly computes?

    python3 convoy.py [REQUESTS]

Answers small requests in one thread: first alone, then beside a thread that
computes. Prints how long a request took. Works on CPython 3.9 and later.

After each wait the answering thread needs the GIL again. The busy thread has
it and gives it up only when asked, and may be asked only after the switch
interval (5 ms): a 1 ms request takes 6 ms. That is the convoy effect.
"""
import sys
import threading
import time

# gil: machine cores=4 interval=5ms seed=1


def answer(requests=60):  # gil: threads 1
    for _ in range(requests):                # gil: repeat 60
        # Waits without the GIL ...
        time.sleep(0.001)                    # gil: io 1ms
        # ... and needs it again for a tenth of a millisecond.
        sum(n * n for n in range(1_500))     # gil: compute 100us


def compute(done):  # gil: threads 1
    while not done.is_set():                 # gil: repeat 40
        sum(n * n for n in range(150_000))   # gil: compute 10ms


def milliseconds_per_request(requests):
    started = time.perf_counter()
    answer(requests)
    return (time.perf_counter() - started) / requests * 1000


def main():
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    alone = milliseconds_per_request(requests)

    done = threading.Event()
    busy = threading.Thread(target=compute, args=(done,))
    busy.start()
    beside = milliseconds_per_request(requests)
    done.set()
    busy.join()

    print(f"switch interval:         {sys.getswitchinterval() * 1000:.1f} ms")
    print(f"alone:                   {alone:.2f} ms a request")
    print(f"beside a busy thread:    {beside:.2f} ms a request")


if __name__ == "__main__":
    main()
