# pair: threads 2
# kept aside
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from work import compute


def task(_):
    time.sleep(0.012)
    compute(8_000)


if __name__ == '__main__':
    with ThreadPoolExecutor(2 if sys.argv[1] == 'after' else 8) as pool:
        list(pool.map(task, range(96)))
