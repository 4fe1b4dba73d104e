# Counting by a recursive query: no rows come back, yet threads do not help, not even without a GIL; processes do.
# expect: c-lock-contention here
# never: serialised, lock-contention
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

QUERY = '''with recursive cnt(x) as (select 1 union all select x + 1 from cnt where x < 900000)
           select sum(x) from cnt'''


def query(_):
    return sqlite3.connect(':memory:').execute(QUERY).fetchone()[0]  # here


for workers in (1, 2, 4):
    began = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(query, range(8)))
    print(f'{workers} threads: {time.perf_counter() - began:.2f} s')
