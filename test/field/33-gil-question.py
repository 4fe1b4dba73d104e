# A test asks whether the GIL is off, with the wrong default, and chooses threads on every older Python.
# expect: no-problem | too-small-for-processes from 3.13
# expect: serialised here to 3.12
# never: long-hold
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor


def squares(n):
    return sum(i * i for i in range(n))  # here


def main():
    free_threaded = not getattr(sys, '_is_gil_enabled', lambda: False)()
    pool_class = ThreadPoolExecutor if free_threaded else ProcessPoolExecutor
    with pool_class(2) as pool:
        print(pool_class.__name__, sum(pool.map(squares, [3_000_000] * 6)))


if __name__ == '__main__':
    main()
