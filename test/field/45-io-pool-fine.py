# Fifty threads that wait for servers, with a little parsing: this is as it should be (a control).
# expect: io-bound
# never: too-small-for-processes
import json
import time
from concurrent.futures import ThreadPoolExecutor


def fetch(number):
    time.sleep(0.1)
    return json.loads(f'{{"number": {number}}}')['number']


began = time.perf_counter()
with ThreadPoolExecutor(50) as pool:
    total = sum(pool.map(fetch, range(600)))
print(total, f'{time.perf_counter() - began:.2f} s')
