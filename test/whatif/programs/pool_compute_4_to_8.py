# pair: threads 8
import sys
from concurrent.futures import ThreadPoolExecutor
from work import compute


def task(_):
    compute(60_000)


if __name__ == '__main__':
    with ThreadPoolExecutor(8 if sys.argv[1] == 'after' else 4) as pool:
        list(pool.map(task, range(60)))
