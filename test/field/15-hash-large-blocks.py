# Hashing large blocks in threads does use the cores (a control: nothing is wrong here).
# expect: no-problem | io-bound
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor

block = bytes(60_000_000)


def checksum(_):
    return hashlib.sha256(block).hexdigest()


for workers in (1, 2):
    began = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(checksum, range(16)))
    print(f'{workers} threads: {time.perf_counter() - began:.2f} s')
