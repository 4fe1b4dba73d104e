# A pool of processes maps a function of a microsecond and is slower than the loop it replaced.
# expect: work-too-small | processes-cost
# never: serialised
import time
from multiprocessing import Pool


def worker(pair):
    a, b = pair
    return a * a + b * b


def main():
    tasks = [(i, i + 1) for i in range(400_000)]
    began = time.perf_counter()
    list(map(worker, tasks))
    print(f'loop {time.perf_counter() - began:.2f} s')
    with Pool(2) as pool:
        began = time.perf_counter()
        pool.map(worker, tasks)
        print(f'pool {time.perf_counter() - began:.2f} s')


if __name__ == '__main__':
    main()
