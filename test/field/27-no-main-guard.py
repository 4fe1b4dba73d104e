# A training script makes its pool at the top of the file; where processes are spawned it ends in a RuntimeError.
# expect: failed from 3.14
# expect: no-problem | io-bound | too-small-for-processes | processes-cost to 3.13
import multiprocessing
import time


def load(path):
    time.sleep(0.1)
    return len(path)


paths = [f'image{i}.png' for i in range(8)]
pool = multiprocessing.Pool(2)
print(pool.map(load, paths))
pool.close()
pool.join()
