# pair: lock
import sys
import threading
import time
from work import all_of, compute

LOCK = threading.Lock()


def before():
    for _ in range(12):
        compute(10_000)
        with LOCK:
            time.sleep(0.008)
            compute(4_000)


def after():
    for _ in range(12):
        compute(10_000)
        time.sleep(0.008)
        with LOCK:
            compute(4_000)


if __name__ == '__main__':
    all_of(after if sys.argv[1] == 'after' else before, [()] * 4, 'threads')
