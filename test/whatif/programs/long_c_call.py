# pair: pieces
import sys
import threading
import time
from work import compute

DONE = False
PIECES = 16 if sys.argv[1] == 'after' else 1
NUMBERS = [[float(i) for i in range(1_200_000 // PIECES)] for _ in range(PIECES)]


def background():
    while not DONE:
        for numbers in NUMBERS:
            sum(numbers)  # here


def ping():
    for _ in range(25):
        time.sleep(0.005)
        compute(2_000)


if __name__ == '__main__':
    worker = threading.Thread(target=background, daemon=True)
    worker.start()
    ping()
    DONE = True
    worker.join()
