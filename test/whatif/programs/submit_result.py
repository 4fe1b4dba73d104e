# pair: together 4
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from work import compute


def task(_):
    time.sleep(0.015)
    compute(10_000)


if __name__ == '__main__':
    with ThreadPoolExecutor(4) as pool:
        if sys.argv[1] == 'after':
            for future in [pool.submit(task, i) for i in range(40)]:
                future.result()
        else:
            for i in range(40):
                pool.submit(task, i).result()
