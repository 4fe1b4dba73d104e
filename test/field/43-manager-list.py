# Processes share a list of a manager, element by element: much slower than the plain loop.
# expect: processes-cost here
# never: serialised, io-bound
import time
from multiprocessing import Manager, Process


def fill(shared, count):
    for i in range(count):
        shared[i % 10] += i  # here


def main():
    began = time.perf_counter()
    fill([0] * 10, 16_000)
    print(f'plain {time.perf_counter() - began:.3f} s')
    with Manager() as manager:
        shared = manager.list([0] * 10)
        processes = [Process(target=fill, args=(shared, 4_000)) for _ in range(2)]
        began = time.perf_counter()
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        print(f'manager {time.perf_counter() - began:.2f} s, sum {sum(shared)}')


if __name__ == '__main__':
    main()
