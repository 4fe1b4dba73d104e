# ---- fibonacci in a pool
from concurrent.futures import ThreadPoolExecutor

def fib(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a

with ThreadPoolExecutor(max_workers=4) as pool:
    results = list(pool.map(fib, [10_000] * 8))  #! cpu-bound-threads
# ---- recursion is a loop too
import threading

def count_primes(limit):
    count = 0
    for n in range(2, limit):
        if all(n % d for d in range(2, int(n ** 0.5) + 1)):
            count += 1
    return count

threads = [threading.Thread(target=count_primes, args=(50_000,)) for _ in range(4)]  #! cpu-bound-threads
# ---- sum of squares submitted
import concurrent.futures as cf

def squares(n):
    return sum(i * i for i in range(n))

def main():
    with cf.ThreadPoolExecutor() as ex:
        futures = [ex.submit(squares, 10 ** 6) for _ in range(8)]  #! cpu-bound-threads
    return [f.result() for f in futures]
# ---- countdown, the classic
from threading import Thread

COUNT = 50_000_000

def countdown(n):
    while n > 0:
        n -= 1

t1 = Thread(target=countdown, args=(COUNT // 2,))  #! cpu-bound-threads
t2 = Thread(target=countdown, args=(COUNT // 2,))  #! cpu-bound-threads
t1.start(); t2.start()
# ---- collatz in to_thread
import asyncio

def collatz(limit):
    best = 0
    for start in range(1, limit):
        n, length = start, 1
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            length += 1
        best = max(best, length)
    return best

async def handler():
    return await asyncio.to_thread(collatz, 100_000)  #! cpu-bound-threads
# ---- default executor of the loop
import asyncio

def mandelbrot(size):
    rows = []
    for y in range(size):
        row = []
        for x in range(size):
            z = c = complex(x / size, y / size)
            for _ in range(50):
                z = z * z + c
            row.append(abs(z) < 2)
        rows.append(row)
    return rows

async def render():
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, mandelbrot, 200)  #! cpu-bound-threads
# ---- json in a loop keeps the lock
import json
from concurrent.futures import ThreadPoolExecutor

def parse_all(lines):
    rows = []
    for line in lines:
        rows.append(json.loads(line))
    return rows

def load(chunks):
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(parse_all, chunks))  #! cpu-bound-threads
# ---- regular expressions in threads
import re
from multiprocessing.pool import ThreadPool

WORD = re.compile(r"\w+")

def count_words(texts):
    counts = {}
    for text in texts:
        for word in WORD.findall(text):
            counts[word] = counts.get(word, 0) + 1
    return counts

def run(parts):
    return ThreadPool(4).map(count_words, parts)  #! cpu-bound-threads
# ---- matrix product in pure Python
import threading

def multiply(a, b, out):
    for i in range(len(a)):
        for j in range(len(b[0])):
            total = 0
            for k in range(len(b)):
                total += a[i][k] * b[k][j]
            out[i][j] = total

def start(a, b, out):
    worker = threading.Thread(target=multiply, args=(a, b, out))  #! cpu-bound-threads
    worker.start()
# ---- method of an object
import threading

class Hasher:
    def __init__(self, data):
        self.data = data
        self.value = 0

    def run(self):
        value = 7
        for byte in self.data:
            value = (value * 31 + byte) % 2 ** 32
        self.value = value

    def start(self):
        threading.Thread(target=self.run).start()  #! cpu-bound-threads
# ---- partial
import functools
from concurrent.futures import ThreadPoolExecutor

def power_sum(base, n):
    total = 0
    for i in range(n):
        total += base ** i
    return total

with ThreadPoolExecutor() as pool:
    pool.submit(functools.partial(power_sum, 3), 1000)  #! cpu-bound-threads
# ---- calls a function that computes
from concurrent.futures import ThreadPoolExecutor

def is_prime(n):
    for d in range(2, int(n ** 0.5) + 1):
        if n % d == 0:
            return False
    return True

def primes(numbers):
    found = []
    for n in numbers:
        if is_prime(n):
            found.append(n * 1)
    return found

pool = ThreadPoolExecutor()
future = pool.submit(primes, range(10_000))  #! cpu-bound-threads
# ---- annotated as computing
from threading import Thread

def crunch():  # gil: threads 4
    prepare()  # gil: compute 50ms
    send()     # gil: io 2ms

Thread(target=crunch).start()  #! cpu-bound-threads
# ---- joblib with threads
from joblib import Parallel, delayed

def score(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total

results = Parallel(n_jobs=4, prefer="threads")(delayed(score)(n) for n in range(100))  #! cpu-bound-threads
# ---- timer
import threading

def report():
    total = 0
    for i in range(10 ** 6):
        total += i * 2
    print(total)

threading.Timer(5.0, report).start()  #! cpu-bound-threads
# ---- alias of the function
from threading import Thread as T

def burn():
    x = 1
    while True:
        x = x * 3 % 1_000_003

work = burn
T(target=work, daemon=True).start()  #! cpu-bound-threads
# ---- levenshtein in threads
from concurrent.futures import ThreadPoolExecutor

def distance(a, b):
    row = list(range(len(b) + 1))
    for i, ca in enumerate(a):
        before = row
        row = [i + 1]
        for j, cb in enumerate(b):
            row.append(min(before[j + 1] + 1, row[j] + 1, before[j] + (ca != cb)))
    return row[-1]

def nearest(word, words):
    with ThreadPoolExecutor() as executor:
        jobs = [executor.submit(distance, word, other) for other in words]  #! cpu-bound-threads
        return min(job.result() for job in jobs)
# ---- downloads are fine
import requests
from concurrent.futures import ThreadPoolExecutor

def fetch(url):
    response = requests.get(url, timeout=10)
    return response.status_code, len(response.content)

with ThreadPoolExecutor(16) as pool:
    for status in pool.map(fetch, ["https://example.org"] * 10):
        print(status)
# ---- sleeping is fine
import threading, time

def tick():
    for _ in range(10):
        time.sleep(1)
        print("tick")

threading.Thread(target=tick).start()
# ---- hashing lets go
import hashlib
from concurrent.futures import ThreadPoolExecutor

def digest(path):
    h = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            h.update(chunk)
    return h.hexdigest()

with ThreadPoolExecutor() as pool:
    print(list(pool.map(digest, ["a", "b"])))
# ---- compression lets go
import zlib, threading

def pack(blocks, out):
    for i, block in enumerate(blocks):
        out[i] = zlib.compress(block, 9)

threading.Thread(target=pack, args=([b""], {})).start()
# ---- numpy lets go
import numpy as np
from concurrent.futures import ThreadPoolExecutor

def multiply(pair):
    a, b = pair
    return np.dot(a, b)

with ThreadPoolExecutor(4) as pool:
    list(pool.map(multiply, [(1, 2)]))
# ---- an imported function is not judged
from concurrent.futures import ThreadPoolExecutor
from mylibrary import transform

with ThreadPoolExecutor() as pool:
    pool.map(transform, range(10))
# ---- a worker around a queue
import queue, threading

tasks = queue.Queue()

def worker():
    while True:
        item = tasks.get()
        if item is None:
            break
        item.process()
        tasks.task_done()

for _ in range(4):
    threading.Thread(target=worker, daemon=True).start()
# ---- a server loop
import socket, threading

def serve(connection):
    while True:
        data = connection.recv(1024)
        if not data:
            break
        connection.sendall(data)

server = socket.socket()
while True:
    client, _ = server.accept()
    threading.Thread(target=serve, args=(client,)).start()
# ---- retry with growing pauses
import time, urllib.request
from concurrent.futures import ThreadPoolExecutor

def get(url):
    pause = 1
    for attempt in range(5):
        try:
            return urllib.request.urlopen(url).read()
        except OSError:
            time.sleep(pause)
            pause *= 2

with ThreadPoolExecutor() as pool:
    pool.map(get, ["https://example.org"])
# ---- the same computation in processes is right
from concurrent.futures import ProcessPoolExecutor

def squares(n):
    return sum(i * i for i in range(n))

if __name__ == "__main__":
    with ProcessPoolExecutor() as pool:
        print(list(pool.map(squares, [10 ** 6] * 4)))
# ---- a progress counter is no computation
import threading

def watch(jobs):
    done = 0
    for job in jobs:
        job.wait()
        done += 1
        print(done, "of", len(jobs))

threading.Thread(target=watch, args=([],)).start()
# ---- logging thread
import threading, time, logging

def heartbeat(stop):
    started = time.monotonic()
    while not stop.is_set():
        logging.info("up for %.0f s", time.monotonic() - started)
        time.sleep(30)

threading.Thread(target=heartbeat, args=(threading.Event(),), daemon=True).start()
# ---- subprocess in threads
import subprocess
from concurrent.futures import ThreadPoolExecutor

def convert(name):
    return subprocess.run(["convert", name, name + ".png"], check=True).returncode

with ThreadPoolExecutor(4) as pool:
    pool.map(convert, ["a.gif"])
# ---- database in to_thread
import asyncio, sqlite3

def query(path, sql):
    with sqlite3.connect(path) as connection:
        return connection.execute(sql).fetchall()

async def handler():
    return await asyncio.to_thread(query, "x.db", "select 1")
# ---- annotated as releasing
from threading import Thread

def crunch():
    for _ in range(3):
        x = native() * 2  # gil: releases 50ms

Thread(target=crunch).start()
# ---- building text
import threading

def describe(items):
    text = ""
    for item in items:
        text += "- " + item + "\n"
    print(text)

threading.Thread(target=describe, args=([],)).start()
# ---- callbacks of a user
import threading

def run(callback, times):
    for i in range(times):
        callback(i * 2)

threading.Thread(target=run, args=(print, 3)).start()
# ---- file copy
import shutil, threading

def copy_all(names):
    for name in names:
        shutil.copyfile(name, name + ".bak")

threading.Thread(target=copy_all, args=(["x"],)).start()
# ---- shadowed name is not Python's
class ThreadPoolExecutor:
    def submit(self, *a): ...

def squares(n):
    return sum(i * i for i in range(n))

ThreadPoolExecutor().submit(squares, 3)
# ---- an object that may hash
import threading

def hash_in_chunks(hasher, data, size):
    index = 0
    while index < len(data):
        hasher.update(data[index:index + size])
        index += size

for size in (10, 100):
    threading.Thread(target=hash_in_chunks, args=(None, b"", size)).start()
# ---- annotated as waiting in a function that it calls
import threading

def fetch():
    ask()                # gil: io 40ms

def fetch_all():  # gil: threads 8
    for _ in range(6):
        text = fetch()
        parse(text) + 1  # gil: compute 1ms

threads = [threading.Thread(target=fetch_all) for _ in range(8)]
