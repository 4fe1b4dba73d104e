# pair: threads 6
# kept aside
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from work import compute


def task(turns):
    compute(turns)
    time.sleep(0.02)


if __name__ == '__main__':
    with ThreadPoolExecutor(6 if sys.argv[1] == 'after' else 2) as pool:
        list(pool.map(task, [3_000, 12_000, 6_000] * 14))
