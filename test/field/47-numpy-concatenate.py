# Six jobs that join half a million tiny arrays: in six threads each takes many times as long as alone.
# expect: serialised here
# needs: numpy
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

parts = [np.array([1, 1])] + [np.array([1])] * 60_000


def join(_):
    total = np.empty(len(parts) + 1, dtype=np.int64)
    at = 0
    for part in parts:  # here
        total[at:at + len(part)] = part  # here
        at += len(part)  # here
    return total


for workers in (1, 6):
    began = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(join, range(18)))
    print(f'{workers} threads: {time.perf_counter() - began:.2f} s')
