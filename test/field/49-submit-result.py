# Each future is asked for its result as soon as it is submitted: a pool of eight does one task at a time.
# expect: not-parallel here
# never: io-bound
import time
from concurrent.futures import ThreadPoolExecutor


def probe(host):
    time.sleep(0.15)
    return host


began = time.perf_counter()
with ThreadPoolExecutor(8) as pool:
    for host in range(10):
        pool.submit(probe, host).result()  # here
print(f'{time.perf_counter() - began:.2f} s instead of 0.30 s')
