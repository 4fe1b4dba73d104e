"""Which updates does the GIL protect, and which are lost all the same?

    python3 race.py [THOUSANDS]

Two threads add to one number, in three ways, and the program prints how many
additions are missing. Works on CPython 3.6 and later.

The GIL keeps the interpreter's own data whole. Your data is another matter:
x += 1 reads, adds and stores, and Python promises nothing about what comes
between. Up to 3.9 much is lost even so. Since 3.10 a thread is asked to let go
only where a loop turns or a function starts, and the plain form was not seen
to lose anything; seen is not promised, and a free-threaded build has no GIL.
One innocent call between reading and storing brings the race back.
"""
import platform
import sys
import threading

# gil: machine cores=4 interval=5ms seed=1

WORKERS = 2


class Account:
    def __init__(self):
        self.balance = 0
        self.lock = threading.Lock()


def one():
    return 1


def plain(account, times):
    for _ in range(times):
        account.balance += 1


def with_a_call(account, times):  # gil: threads 2
    for _ in range(times):                   # gil: compute 60ms
        balance = account.balance
        # Another thread may come here, and add to the same old balance.
        account.balance = balance + one()


def with_a_lock(account, times):  # gil: threads 2
    for _ in range(times):                   # gil: repeat 60
        # Safe everywhere: nobody else gets in between.
        with account.lock:                   # gil: lock
            balance = account.balance        # gil: compute 500us
            account.balance = balance + one()  # gil: compute 500us


def missing(work, times):
    account = Account()
    # Both begin together; else the first may be done before the second starts.
    gate = threading.Barrier(WORKERS)

    def run():
        gate.wait()
        work(account, times)

    threads = [threading.Thread(target=run) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return WORKERS * times - account.balance


def main():
    thousands = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    times = thousands * 1000
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    name = platform.python_implementation()
    print(f"{name} {sys.version.split()[0]}, GIL {'on' if gil else 'off'}")
    print(f"{WORKERS} threads add {times:,} times each; missing in the end:")
    print(f"  x += 1:                   {missing(plain, times):,}")
    print(f"  with a call in between:   {missing(with_a_call, times):,}")
    print(f"  with a lock around:       {missing(with_a_lock, times):,}")


if __name__ == "__main__":
    main()
