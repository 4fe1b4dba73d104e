# A pool of a hundred threads maps a function that adds one; a profiler showed "GIL: 0 %".
# expect: work-too-small
# never: convoy, io-bound
from multiprocessing.pool import ThreadPool


def add(x):
    return x + 1


with ThreadPool(100) as pool:
    for _ in range(3):
        pool.map(add, range(1_000_000))
