"""Why do two threads that take two locks stand still for ever?

    python3 deadlock.py [SECONDS]

One thread moves money from the first account to the second, another one moves
it back. Each locks the account that it takes from, then the other. Both have
their first lock and wait for their second: a circle. The program gives up after
some seconds and says how far the threads came. Works on CPython 3.6 and later.

Record it: after two seconds the panel names the circle, with each thread, its
line and the lock that it waits for. The remedy is one order for all: lock the
account with the smaller number first.
"""
import sys
import threading
import time

# gil: machine cores=4 interval=5ms seed=1


class Account:
    def __init__(self, number):
        self.number = number
        self.balance = 1000
        self.lock = threading.Lock()


first_account = Account(1)
second_account = Account(2)
moved = []


def move_there():  # gil: threads 1
    with first_account.lock:               # gil: lock first
        ask_bank()
        with second_account.lock:          # gil: lock second
            moved.append("there")          # gil: compute 1ms


def move_back():  # gil: threads 1
    with second_account.lock:              # gil: lock second
        ask_bank()
        with first_account.lock:           # gil: lock first
            moved.append("back")           # gil: compute 1ms


def ask_bank():
    """Stands for a bank that takes 50 ms to allow it."""
    time.sleep(0.05)                       # gil: io 50ms


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 6
    # Daemons, so that the program can end though they never do.
    threads = [
        threading.Thread(target=target, name=target.__name__, daemon=True)
        for target in (move_there, move_back)
    ]
    for thread in threads:
        thread.start()
    ends = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0, ends - time.monotonic()))
    stuck = [thread.name for thread in threads if thread.is_alive()]
    print(f"after {seconds:g} s, {len(moved)} of {len(threads)} moves are done")
    if stuck:
        print(f"still waiting: {', '.join(stuck)}")


if __name__ == "__main__":
    main()
