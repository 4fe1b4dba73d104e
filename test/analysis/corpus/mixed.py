# ---- word count over files in threads
import collections
from concurrent.futures import ThreadPoolExecutor, as_completed

def histogram(numbers):
    buckets = collections.Counter()
    for number in numbers:
        buckets[number % 16] += number * number
    return buckets

def run(parts):
    with ThreadPoolExecutor(max_workers=4) as executor:
        jobs = [executor.submit(histogram, part) for part in parts]  #! cpu-bound-threads
        for job in as_completed(jobs):
            print(job.result())
# ---- n queens
import threading

def queens(n, row=0, columns=0, left=0, right=0):
    if row == n:
        return 1
    found = 0
    for column in range(n):
        bit = 1 << column
        if columns & bit or left & bit or right & bit:
            continue
        found += queens(n, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1)
    return found

def main():
    threads = []
    for n in range(4, 9):
        thread = threading.Thread(target=queens, args=(n,), name=f"queens-{n}")  #! cpu-bound-threads
        threads.append(thread)
        thread.start()
# ---- pi by throwing darts
import random
from multiprocessing.dummy import Pool

def inside(times):
    hits = 0
    for _ in range(times):
        x, y = random.random(), random.random()
        if x * x + y * y < 1:
            hits += 1
    return hits

with Pool(4) as pool:
    print(sum(pool.map(inside, [100_000] * 4)))  #! cpu-bound-threads
# ---- gray pictures pixel by pixel
from concurrent.futures import ThreadPoolExecutor

def gray(pixels):
    return [(r * 299 + g * 587 + b * 114) // 1000 for r, g, b in pixels]

executor = ThreadPoolExecutor()
results = [executor.submit(gray, rows) for rows in []]  #! cpu-bound-threads
# ---- a checksum in run_in_executor with a pool
import asyncio
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(2)

def checksum(data):
    a, b = 1, 0
    for byte in data:
        a = (a + byte) % 65521
        b = (b + a) % 65521
    return b << 16 | a

async def handle(data):
    loop = asyncio.get_event_loop()
    return await loop.run_in_executor(pool, checksum, data)  #! cpu-bound-threads
# ---- sorting big lists
import threading

def order(lists):
    for numbers in lists:
        print(sorted(numbers)[0])

threading.Thread(target=order, args=([],)).start()  #! cpu-bound-threads
# ---- a thread class that computes
import threading

class Worker(threading.Thread):
    def run(self):
        total = 0
        for i in range(10):
            total += i * i

Worker().start()  #! cpu-bound-threads
# ---- an event loop in a thread
import asyncio, threading

def run_loop(loop):
    asyncio.set_event_loop(loop)
    loop.run_forever()

threading.Thread(target=run_loop, args=(asyncio.new_event_loop(),), daemon=True).start()
# ---- a web server in a thread
import http.server, threading

server = http.server.ThreadingHTTPServer(("", 8000), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.serve_forever).start()
# ---- uploads with boto3
import boto3
from concurrent.futures import ThreadPoolExecutor

def upload(name):
    client = boto3.client("s3")
    client.upload_file(name, "bucket", name)

with ThreadPoolExecutor(16) as pool:
    list(pool.map(upload, ["a", "b"]))
# ---- thumbnails with Pillow
from PIL import Image
from concurrent.futures import ThreadPoolExecutor

def thumbnail(name):
    image = Image.open(name)
    width, height = image.size
    image.resize((width // 4, height // 4)).save(name + ".small.png")

with ThreadPoolExecutor() as pool:
    list(pool.map(thumbnail, ["a.png"]))
# ---- pandas files in threads
import pandas as pd
from concurrent.futures import ThreadPoolExecutor

def load(name):
    frame = pd.read_csv(name)
    return frame["x"].mean() * 2

with ThreadPoolExecutor() as pool:
    list(pool.map(load, ["a.csv"]))
# ---- a spinner on the terminal
import itertools, sys, threading, time

def spin(done):
    for sign in itertools.cycle("|/-\\"):
        if done.is_set():
            break
        sys.stdout.write("\r" + sign)
        time.sleep(0.1)

threading.Thread(target=spin, args=(threading.Event(),)).start()
# ---- reading sensors
import serial, threading

def read(port, values):
    connection = serial.Serial(port)
    while True:
        raw = connection.readline()
        values.append(float(raw) * 0.1 + 5)

threading.Thread(target=read, args=("/dev/tty0", [])).start()
# ---- a counting semaphore in the loop
import threading, time

def produce(queue):
    n = 0
    while n < 10:
        queue.put(n * n)
        n += 1
        time.sleep(0.5)

threading.Thread(target=produce, args=(None,)).start()
# ---- selenium in processes
from multiprocessing import Pool
from selenium import webdriver

def visit(url):
    driver = webdriver.Firefox()
    driver.get(url)
    return driver.title

if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(visit, ["https://example.org"]))
# ---- ping in processes
import subprocess
from concurrent.futures import ProcessPoolExecutor

def ping(host):
    result = subprocess.run(["ping", "-c", "1", host], capture_output=True)
    return host, result.returncode == 0

def main(hosts):
    with ProcessPoolExecutor(32) as executor:
        for host, ok in executor.map(ping, hosts):  #! waiting-processes
            print(host, "up" if ok else "down")
# ---- a delay in a process
import time
import multiprocessing as mp

def remind(text, seconds):
    time.sleep(seconds)
    print(text)

if __name__ == "__main__":
    mp.Process(target=remind, args=("tea", 180)).start()  #! waiting-processes
# ---- resolving names
import socket
from multiprocessing.pool import Pool

def resolve(name):
    return socket.gethostbyname(name)

def main(names):
    with Pool(10) as pool:
        return dict(zip(names, pool.map(resolve, names)))  #! waiting-processes
# ---- scraping with post
import requests
from multiprocessing import Pool

def send(row):
    answer = requests.post("https://example.org", json=row, timeout=3)
    answer.raise_for_status()
    return answer.json()["id"]

if __name__ == "__main__":
    with Pool() as pool:
        print(pool.map(send, [{"a": 1}]))  #! waiting-processes
# ---- training models in processes is right
from concurrent.futures import ProcessPoolExecutor
from sklearn.ensemble import RandomForestClassifier

def train(seed):
    return RandomForestClassifier(random_state=seed).fit([[0]], [0])

if __name__ == "__main__":
    with ProcessPoolExecutor() as pool:
        list(pool.map(train, range(4)))
# ---- a log file through initargs is not seen as argument
from multiprocessing import Pool

def setup(name):
    global log
    log = open(name, "a")

def work(n):
    log.write(str(n))

if __name__ == "__main__":
    with Pool(2, initializer=setup, initargs=("log.txt",)) as pool:
        pool.map(work, range(10))
# ---- a decorator's inner function
from concurrent.futures import ProcessPoolExecutor

def in_background(function):
    def wrapper(*args):
        def call():
            return function(*args)
        with ProcessPoolExecutor(1) as pool:
            return pool.submit(call).result()  #! unpicklable-work
    return wrapper
# ---- a condition sent along
import threading
from multiprocessing import Process

ready = threading.Condition()

def consume(condition):
    with condition:
        condition.notify()

if __name__ == "__main__":
    Process(target=consume, args=(ready,)).start()  #! unpicklable-work
# ---- an event of threads
import threading
import multiprocessing

stop = threading.Event()

def work(stop_event):
    while not stop_event.is_set():
        pass

def main():
    process = multiprocessing.Process(target=work, args=[stop])  #! unpicklable-work
    process.start()
# ---- an event of multiprocessing travels
import multiprocessing

def work(stop_event):
    stop_event.set()

def main():
    stop = multiprocessing.Event()
    multiprocessing.Process(target=work, args=(stop,)).start()
# ---- a function of another module
import os
from multiprocessing import Pool

def main():
    with Pool() as pool:
        print(pool.map(os.path.getsize, ["a"]))
# ---- run without a guard in a script
import sys
from multiprocessing import Pool

def work(name):
    return name.upper()

def run(names):
    pool = Pool()
    print(pool.map(work, names))

run(sys.argv[1:])  #! missing-main-guard
# ---- exit code of main
import sys
from concurrent.futures import ProcessPoolExecutor

def work(n):
    return n

def main():
    with ProcessPoolExecutor() as pool:
        list(pool.map(work, range(3)))
    return 0

sys.exit(main())  #! missing-main-guard
# ---- a notebook-like script
from multiprocessing import Process

def show():
    print("x")

jobs = [Process(target=show) for _ in range(3)]  #! missing-main-guard
for job in jobs:
    job.start()
# ---- a package entry point
from multiprocessing import Pool

def main():
    with Pool() as pool:
        pool.map(print, [1])

if __name__ in ("__main__", "__mp_main__"):
    main()
# ---- two locks and a request
import requests, threading

first, second = threading.Lock(), threading.Lock()
state = threading.RLock()

def update(url):
    with state:
        page = requests.get(url)  #! blocking-under-lock
    return page.text
# ---- a pause inside try
import threading, time

class Throttle:
    def __init__(self, seconds):
        self.seconds = seconds
        self.lock = threading.Lock()

    def wait(self):
        with self.lock:
            try:
                time.sleep(self.seconds)  #! blocking-under-lock
            finally:
                self.last = time.time()
# ---- the call is in an argument
import threading, subprocess

lock = threading.Lock()

def version():
    with lock:
        print(subprocess.check_output(["git", "--version"]))  #! blocking-under-lock
# ---- acquiring with a time limit is something else
import threading, time

lock = threading.Lock()

def work():
    if lock.acquire(timeout=1):
        try:
            count = 1
        finally:
            lock.release()
    time.sleep(1)
# ---- total of a pool
from concurrent.futures import ThreadPoolExecutor

total = 0

def add(n):
    global total
    for i in range(n):
        total += i  #! unprotected-update

def main():
    with ThreadPoolExecutor(4) as pool:
        pool.map(add, [1000] * 4)  #! cpu-bound-threads
# ---- statistics of a crawler
import threading, requests

stats = {"pages": 0, "bytes": 0}

def crawl(urls):
    for url in urls:
        body = requests.get(url).content
        stats["pages"] += 1  #! unprotected-update
        stats["bytes"] += len(body)  #! unprotected-update

for part in ([], []):
    threading.Thread(target=crawl, args=(part,)).start()
# ---- a class counter
import threading

class Request:
    count = 0

def handle():
    Request.count += 1  #! unprotected-update

threads = [threading.Thread(target=handle) for _ in range(8)]
# ---- protected by acquire and release
import threading

counter = 0
lock = threading.Lock()

def work():
    global counter
    lock.acquire()
    counter += 1
    lock.release()

for _ in range(3):
    threading.Thread(target=work).start()
# ---- appending is one step
import threading

results = []

def work(n):
    results.append(n)

for n in range(3):
    threading.Thread(target=work, args=(n,)).start()
# ---- thread-local data
import threading

local = threading.local()

def work():
    local.count = 0
    local.count += 1

for n in range(3):
    threading.Thread(target=work).start()
