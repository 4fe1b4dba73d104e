# ---- fibonacci by recursion
from concurrent.futures import ThreadPoolExecutor

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

with ThreadPoolExecutor(4) as pool:
    print(list(pool.map(fib, [30, 31, 32])))  #! cpu-bound-threads
# ---- factorial by recursion
import threading

def factorial(n):
    if n <= 1:
        return 1
    return n * factorial(n - 1)

threading.Thread(target=factorial, args=(500,)).start()  #! cpu-bound-threads
# ---- trying again by recursion
import threading, time, urllib.request

def download(url, tries):
    try:
        return urllib.request.urlopen(url).read()
    except OSError:
        time.sleep(1)
        return download(url, tries - 1)

for url in ["https://example.org"]:
    threading.Thread(target=download, args=(url, 3)).start()
# ---- a lambda that calls it
from concurrent.futures import ThreadPoolExecutor

def simulate(steps):
    x = 0.5
    for _ in range(steps):
        x = 3.9 * x * (1 - x)
    return x

def main():
    with ThreadPoolExecutor(max_workers=4) as executor:
        jobs = [executor.submit(lambda: simulate(10_000)) for _ in range(4)]  #! cpu-bound-threads
    return [job.result() for job in jobs]
# ---- prints while it works
import threading

def count(name, n):
    total = 0
    while n > 0:
        total += n * n
        n -= 1
    print(f"{name}: {total}")

for name in ("a", "b"):
    threading.Thread(target=count, args=(name, 1_000_000)).start()  #! cpu-bound-threads
# ---- logs while it works
import logging
from concurrent.futures import ThreadPoolExecutor

logger = logging.getLogger(__name__)

def gcd_sum(limit):
    total = 0
    for a in range(1, limit):
        for b in range(1, limit):
            x, y = a, b
            while y:
                x, y = y, x % y
            total += x
    logger.info("sum for %d: %d", limit, total)
    return total

def run(limits):
    with ThreadPoolExecutor() as executor:
        return list(executor.map(gcd_sum, limits))  #! cpu-bound-threads
# ---- puts its result into a queue
import queue, threading

results = queue.Queue()

def primes(low, high):
    for n in range(low, high):
        if all(n % d for d in range(2, n)):
            results.put(n)

workers = [threading.Thread(target=primes, args=(low, low + 1000)) for low in (0, 1000)]  #! cpu-bound-threads
# ---- a thread class with its own loop
from threading import Thread

class Miner(Thread):
    def __init__(self, seed):
        super().__init__()
        self.seed = seed
        self.found = 0

    def run(self):
        n = self.seed
        while n != 1:
            n = n * 3 + 1 if n % 2 else n // 2
        self.found = n

miners = [Miner(seed) for seed in range(4)]  #! cpu-bound-threads
for miner in miners:
    miner.start()
# ---- a thread class that listens
from threading import Thread

class Listener(Thread):
    def __init__(self, connection):
        super().__init__(daemon=True)
        self.connection = connection

    def run(self):
        while True:
            print(self.connection.recv(100))

Listener(None).start()
# ---- an executor handed in with its type
from concurrent.futures import ThreadPoolExecutor

def checksum(data):
    a, b = 1, 0
    for byte in data:
        a = (a + byte) % 65521
        b = (b + a) % 65521
    return b << 16 | a

def checksums(executor: ThreadPoolExecutor, blocks):
    return list(executor.map(checksum, blocks))  #! cpu-bound-threads
# ---- an executor of any kind handed in
from concurrent.futures import Executor

def checksum(data):
    total = 0
    for byte in data:
        total = total * 31 + byte
    return total

def checksums(executor: Executor, blocks):
    return list(executor.map(checksum, blocks))
# ---- an executor made when it is first needed
from concurrent.futures import ThreadPoolExecutor

def norm(rows):
    total = 0.0
    for row in rows:
        for x in row:
            total += x * x
    return total ** 0.5

class Service:
    _pool = None

    def pool(self):
        if self._pool is None:
            self._pool = ThreadPoolExecutor(4)
        return self._pool

    def norms(self, matrices):
        self._pool = ThreadPoolExecutor(4)
        return list(self._pool.map(norm, matrices))  #! cpu-bound-threads
# ---- through the walrus
import concurrent.futures

def powers(n):
    total = 0
    for i in range(n):
        total += i ** 3
    return total

def main():
    if (pool := concurrent.futures.ThreadPoolExecutor(2)) is not None:
        pool.submit(powers, 100_000)  #! cpu-bound-threads
# ---- on an exit stack
import contextlib
from concurrent.futures import ThreadPoolExecutor

def squares(n):
    return sum(i * i for i in range(n))

def main():
    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(2))
        pool.submit(squares, 1000)  #! cpu-bound-threads
# ---- compiled by numba without the lock
from concurrent.futures import ThreadPoolExecutor
from numba import njit

@njit(nogil=True)
def total(values):
    result = 0.0
    for x in values:
        result += x * x
    return result

with ThreadPoolExecutor() as pool:
    pool.map(total, [[1.0], [2.0]])
# ---- decorated by a timer of the file
import functools, time
from concurrent.futures import ThreadPoolExecutor

def timed(function):
    @functools.wraps(function)
    def inner(*args):
        start = time.perf_counter()
        result = function(*args)
        print(time.perf_counter() - start)
        return result
    return inner

@timed
def harmonic(n):
    total = 0.0
    for i in range(1, n):
        total += 1 / i
    return total

with ThreadPoolExecutor() as pool:
    pool.map(harmonic, [10 ** 6] * 4)  #! cpu-bound-threads
# ---- a generator runs nothing when it is called
from concurrent.futures import ThreadPoolExecutor

def squares(n):
    for i in range(n):
        yield i * i

with ThreadPoolExecutor() as pool:
    pool.submit(squares, 10)
# ---- a coroutine function handed to a thread by mistake
import asyncio

async def crunch(n):
    total = 0
    for i in range(n):
        total += i * i
    return total

async def main():
    await asyncio.to_thread(crunch, 10)
# ---- in type parameters and with a match
from concurrent.futures import ThreadPoolExecutor

def fold[T](values: list[T], kind: str) -> int:
    total = 0
    for value in values:
        match kind:
            case "square":
                total += value * value
            case "cube" | "third":
                total += value ** 3
            case _:
                total -= value
    return total

def main(lists):
    with ThreadPoolExecutor() as pool:
        pool.submit(fold, lists[0], "square")  #! cpu-bound-threads
# ---- with nested quotes in a format
from concurrent.futures import ThreadPoolExecutor

def table(rows):
    total = 0
    for row in rows:
        total += row["x"] * row["y"]
    return f"{rows[0]["name"]}: {total}"

with ThreadPoolExecutor() as pool:
    pool.map(table, [[{"x": 1, "y": 2, "name": "a"}]])  #! cpu-bound-threads
# ---- imported where it may be missing
try:
    from concurrent.futures import ThreadPoolExecutor
except ImportError:
    ThreadPoolExecutor = None

def digits(n):
    total = 0
    while n:
        total += n % 10
        n //= 10
    return total

def main():
    with ThreadPoolExecutor(2) as pool:
        return pool.submit(digits, 2 ** 1000).result()  #! cpu-bound-threads
# ---- imported for types only
from __future__ import annotations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

def area(points):
    total = 0
    for (x1, y1), (x2, y2) in zip(points, points[1:]):
        total += x1 * y2 - x2 * y1
    return total / 2

def areas(pool: ThreadPoolExecutor, shapes):
    return list(pool.map(area, shapes))  #! cpu-bound-threads
# ---- two modules give the name
try:
    from concurrent.futures import ThreadPoolExecutor
except ImportError:
    from futures_backport import ThreadPoolExecutor

def squares(n):
    return sum(i * i for i in range(n))

ThreadPoolExecutor().submit(squares, 3)
# ---- a dataclass whose method works
import threading
from dataclasses import dataclass, field

@dataclass
class Job:
    numbers: list
    lock: threading.Lock = field(default_factory=threading.Lock)

    def total(self):
        result = 0
        for n in self.numbers:
            result += n * n % 7
        return result

job = Job([1, 2, 3])
threading.Thread(target=job.total).start()  #! cpu-bound-threads
# ---- a static method of a class
from concurrent.futures import ThreadPoolExecutor

class Maths:
    @staticmethod
    def cube_sum(n):
        total = 0
        for i in range(n):
            total += i * i * i
        return total

with ThreadPoolExecutor() as pool:
    pool.submit(Maths.cube_sum, 100)  #! cpu-bound-threads
# ---- apply_async in a loop
from multiprocessing.pool import ThreadPool

def bits(n):
    count = 0
    while n:
        n &= n - 1
        count += 1
    return count

pool = ThreadPool(4)
handles = [pool.apply_async(bits, (n,)) for n in range(100)]  #! cpu-bound-threads
# ---- the pool of multiprocessing.dummy
from multiprocessing.dummy import Pool

def bubble(values):
    values = list(values)
    for i in range(len(values)):
        for j in range(len(values) - 1 - i):
            if values[j] > values[j + 1]:
                values[j], values[j + 1] = values[j + 1], values[j]
    return values

with Pool(4) as pool:
    pool.map(bubble, [[3, 2, 1]])  #! cpu-bound-threads
# ---- starmap in threads
from multiprocessing.pool import ThreadPool

def power(base, n):
    result = 1
    for _ in range(n):
        result = result * base % 1_000_007
    return result

ThreadPool().starmap(power, [(2, 10), (3, 10)])  #! cpu-bound-threads
# ---- anyio hands it to a thread
import anyio.to_thread

def mean(values):
    total = 0
    for value in values:
        total += value * 1.0
    return total / len(values)

async def handler(values):
    return await anyio.to_thread.run_sync(mean, values)  #! cpu-bound-threads
# ---- asks an API once in each round
import threading

def poll(api, rounds):
    score = 0
    for i in range(rounds):
        score += api.fetch_score(i) * 2
    return score

threading.Thread(target=poll, args=(None, 3)).start()
# ---- frames of a camera
import cv2, threading

def grab(camera, frames):
    n = 0
    while n < frames:
        ok, frame = camera.read()
        gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        n = n + 1

threading.Thread(target=grab, args=(None, 5)).start()
# ---- encryption lets go
import threading
from cryptography.hazmat.primitives.ciphers import Cipher

def encrypt(cipher, blocks):
    size = 0
    for block in blocks:
        size += len(cipher.encryptor().update(block))
    return size

threading.Thread(target=encrypt, args=(None, [])).start()
# ---- pandas does the arithmetic
import pandas as pd
from concurrent.futures import ThreadPoolExecutor

def scale(frame):
    for column in ("a", "b"):
        frame[column] = pd.to_numeric(frame[column]) * 2
    return frame

with ThreadPoolExecutor() as pool:
    list(pool.map(scale, []))
# ---- waits for time to pass
import threading, time

def until(deadline):
    while time.monotonic() < deadline - 0.1:
        time.sleep(0.05)

threading.Thread(target=until, args=(10,)).start()
# ---- rate of an upload
import threading, time

def upload(connection, data):
    sent = 0
    started = time.time()
    while sent < len(data):
        sent += connection.send(data[sent:])
        rate = sent / (time.time() - started)

threading.Thread(target=upload, args=(None, b"")).start()
# ---- one thread for the waiting, none for the work
import threading

def worker(jobs, done):
    for job in jobs:
        done.append(job.run())

threading.Thread(target=worker, args=([], [])).start()
# ---- process pools may compute
import multiprocessing as mp

def digits(n):
    return sum(int(c) ** 2 for c in str(n))

if __name__ == "__main__":
    with mp.get_context("spawn").Pool(4) as pool:
        print(pool.imap_unordered(digits, range(10), chunksize=5))
# ---- an interpreter pool may compute
from concurrent.futures import InterpreterPoolExecutor

def digits(n):
    return sum(int(c) ** 2 for c in str(n))

if __name__ == "__main__":
    with InterpreterPoolExecutor(4) as pool:
        print(list(pool.map(digits, range(10))))
# ---- sixty-four threads that compute
from concurrent.futures import ThreadPoolExecutor

def squares(n):
    return sum(i * i for i in range(n))

with ThreadPoolExecutor(max_workers=64) as pool:  #! too-many-threads
    pool.map(squares, range(1000))  #! cpu-bound-threads
# ---- sixty-four threads that wait
import requests
from concurrent.futures import ThreadPoolExecutor

def fetch(url):
    return requests.get(url).text

with ThreadPoolExecutor(max_workers=64) as pool:
    pool.map(fetch, ["https://example.org"])
# ---- a thread for each number
import threading

def squares(n):
    total = 0
    for i in range(n):
        total += i * i

threads = [threading.Thread(target=squares, args=(i,)) for i in range(100)]  #! cpu-bound-threads, too-many-threads
# ---- four threads are no more than cores
import threading

def squares(n):
    total = 0
    for i in range(n):
        total += i * i

threads = [threading.Thread(target=squares, args=(i,)) for i in range(4)]  #! cpu-bound-threads
# ---- four times the cores
import os
from concurrent.futures import ThreadPoolExecutor

def mix(n):
    x = 1
    for i in range(n):
        x = x * 31 % 1009 + i
    return x

pool = ThreadPoolExecutor(os.cpu_count() * 4)  #! too-many-threads
futures = [pool.submit(mix, n) for n in range(100)]  #! cpu-bound-threads
# ---- as many as cores
import os
from concurrent.futures import ThreadPoolExecutor

def mix(n):
    x = 1
    for i in range(n):
        x = x * 31 % 1009 + i
    return x

pool = ThreadPoolExecutor(max_workers=os.cpu_count())
futures = [pool.submit(mix, n) for n in range(100)]  #! cpu-bound-threads
# ---- cores and some more
import multiprocessing
from concurrent.futures import ThreadPoolExecutor

WORKERS = multiprocessing.cpu_count() + 4

def mix(n):
    x = 1
    for i in range(n):
        x = x * 31 % 1009 + i
    return x

with ThreadPoolExecutor(WORKERS) as pool:  #! too-many-threads
    pool.map(mix, range(100))  #! cpu-bound-threads
# ---- half of the cores
import os
from concurrent.futures import ThreadPoolExecutor

def mix(n):
    x = 1
    for i in range(n):
        x = x * 31 % 1009 + i
    return x

with ThreadPoolExecutor(os.cpu_count() // 2) as pool:
    pool.map(mix, range(100))  #! cpu-bound-threads
# ---- a hundred interpreters
from concurrent.futures import InterpreterPoolExecutor

def mix(n):
    x = 1
    for i in range(n):
        x = x * 31 % 1009 + i
    return x

with InterpreterPoolExecutor(max_workers=100) as pool:  #! too-many-threads
    pool.map(mix, range(100))
# ---- nested loops of threads
import threading

def mix(n):
    x = 1
    while x < n:
        x = x * 3 + 1

for row in range(10):
    for column in range(10):
        threading.Thread(target=mix, args=(row * column,)).start()  #! cpu-bound-threads, too-many-threads
# ---- joblib with more threads than cores
from joblib import Parallel, delayed

def mix(n):
    x = 1
    for i in range(n):
        x = x * 31 % 1009 + i
    return x

Parallel(n_jobs=32, backend="threading")(delayed(mix)(n) for n in range(100))  #! cpu-bound-threads, too-many-threads
# ---- joblib with all cores
from joblib import Parallel, delayed

def mix(n):
    x = 1
    for i in range(n):
        x = x * 31 % 1009 + i
    return x

Parallel(n_jobs=-1, prefer="threads")(delayed(mix)(n) for n in range(100))  #! cpu-bound-threads
# ---- json in a pool
import json
from concurrent.futures import ThreadPoolExecutor

def load_all(texts):
    with ThreadPoolExecutor() as pool:
        return list(pool.map(json.loads, texts))  #! holding-call
# ---- json of files in a pool
import json
from concurrent.futures import ThreadPoolExecutor

def load(path):
    with open(path) as file:
        return json.loads(file.read())  #! holding-call

def load_all(paths):
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(load, paths))
# ---- one expression over many texts
import re
from concurrent.futures import ThreadPoolExecutor

def links(text):
    return re.findall(r"href=.(.*?).>", text)  #! holding-call

def main(texts):
    with ThreadPoolExecutor() as pool:
        return [pool.submit(links, text) for text in texts]
# ---- sorting beside the event loop
import asyncio

def ordered(rows):
    return sorted(rows, key=len)  #! holding-call

async def handler(rows):
    return await asyncio.to_thread(ordered, rows)
# ---- pickling in threads
import pickle
from multiprocessing.pool import ThreadPool

def main(objects):
    return ThreadPool(4).map(pickle.dumps, objects)  #! holding-call
# ---- copies in threads
import copy, threading

def keep(state, into):
    into.append(copy.deepcopy(state))  #! holding-call

def main(states, into):
    for state in states:
        threading.Thread(target=keep, args=(state, into)).start()
# ---- xml in a pool
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

def parse(text):
    return ET.fromstring(text)  #! holding-call

with ThreadPoolExecutor() as pool:
    trees = list(pool.map(parse, ["<a/>"]))
# ---- the request takes longer than its json
import json, requests
from concurrent.futures import ThreadPoolExecutor

def fetch(url):
    return json.loads(requests.get(url).text)

with ThreadPoolExecutor(16) as pool:
    list(pool.map(fetch, ["https://example.org"]))
# ---- compressing overlaps
import zlib
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor() as pool:
    list(pool.map(zlib.compress, [b"a", b"b"]))
# ---- hashing overlaps
import hashlib
from concurrent.futures import ThreadPoolExecutor

def digest(data):
    return hashlib.sha256(data).hexdigest()

with ThreadPoolExecutor() as pool:
    list(pool.map(digest, [b"a", b"b"]))
# ---- json in processes
import json
from concurrent.futures import ProcessPoolExecutor

def main(texts):
    with ProcessPoolExecutor() as pool:
        return list(pool.map(json.loads, texts))
# ---- small calls that keep the lock are nothing
from concurrent.futures import ThreadPoolExecutor

def label(row):
    return str(len(row)).zfill(3)

with ThreadPoolExecutor() as pool:
    list(pool.map(label, [[1], [2]]))
# ---- json in the only worker
import json
from concurrent.futures import ThreadPoolExecutor

def main(texts):
    with ThreadPoolExecutor(max_workers=1) as pool:
        return list(pool.map(json.loads, texts))
# ---- json once in one thread
import json, threading

def load(text, into):
    into.update(json.loads(text))

threading.Thread(target=load, args=("{}", {})).start()
# ---- a message and what somebody does with it
import json
from concurrent.futures import ThreadPoolExecutor
from handlers import respond

def handle(message):
    respond(json.loads(message))

with ThreadPoolExecutor() as pool:
    pool.submit(handle, "{}")
