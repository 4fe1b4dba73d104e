# pair: together
import sys
import threading
import time
from work import all_of, compute


def task():
    time.sleep(0.03)
    compute(30_000)


if __name__ == '__main__':
    if sys.argv[1] == 'after':
        all_of(task, [()] * 12, 'threads')
    else:
        for _ in range(12):
            worker = threading.Thread(target=task)
            worker.start()
            worker.join()
