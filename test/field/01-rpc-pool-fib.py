# A request handler computes; the server has a pool of ten threads. Two callers at once: each waits twice as long.
# expect: serialised here by ThreadPoolExecutor
# never: long-hold, io-bound, more-threads-than-cores
import time
from concurrent.futures import ThreadPoolExecutor


def fib(n):
    return 1 if n < 2 else fib(n - 1) + fib(n - 2)  # here


def handle(n):
    began = time.perf_counter()
    fib(n)
    return time.perf_counter() - began


with ThreadPoolExecutor(max_workers=10) as server:
    alone = server.submit(handle, 31).result()
    both = [server.submit(handle, 31) for _ in range(4)]
    print(f'alone {alone:.2f} s, four at once', [f'{b.result():.2f}' for b in both])
