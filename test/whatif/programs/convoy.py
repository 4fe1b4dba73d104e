# pair: interval 0.5ms
import sys
import threading
import time
from work import compute

if sys.argv[1] == 'after':
    sys.setswitchinterval(0.0005)
DONE = False


def background():
    while not DONE:
        compute(5_000)


def ping():
    for _ in range(60):
        time.sleep(0.004)
        compute(2_000)


if __name__ == '__main__':
    worker = threading.Thread(target=background, daemon=True)
    worker.start()
    ping()
    DONE = True
    worker.join()
