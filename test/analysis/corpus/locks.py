# ---- sleeping with the lock
import threading, time

lock = threading.Lock()

def work():
    with lock:
        time.sleep(1)  #! blocking-under-lock
# ---- a request with the lock
import requests
from threading import Lock

class Cache:
    def __init__(self):
        self._lock = Lock()
        self._pages = {}

    def get(self, url):
        with self._lock:
            if url not in self._pages:
                self._pages[url] = requests.get(url).text  #! blocking-under-lock
            return self._pages[url]
# ---- a queue with the lock
import queue, threading

items = queue.Queue()
lock = threading.RLock()

def take():
    with lock:
        return items.get()  #! blocking-under-lock
# ---- a subprocess with the lock
import subprocess, threading

BUILD = threading.Lock()

def build(target):
    with BUILD:
        subprocess.check_call(["make", target])  #! blocking-under-lock
# ---- a socket with the lock
import socket, threading

class Client:
    lock = threading.Lock()

    def __init__(self, address):
        self.socket = socket.create_connection(address)

    def ask(self, text):
        with self.lock:
            self.socket.sendall(text)  #! blocking-under-lock
            return self.socket.recv(4096)  #! blocking-under-lock
# ---- through a function of the file
import threading, urllib.request

lock = threading.Lock()

def load(url):
    return urllib.request.urlopen(url).read()

def refresh(url, cache):
    with lock:
        cache[url] = load(url)  #! blocking-under-lock
# ---- two contexts on a line
import threading, time

lock = threading.Lock()

def slow(path):
    with open(path) as file, lock:
        for line in file:
            time.sleep(0.1)  #! blocking-under-lock
# ---- join with the lock
import threading

lock = threading.Lock()
worker = threading.Thread(target=print)

def stop():
    with lock:
        worker.join()  #! blocking-under-lock
# ---- input with the lock
from threading import Lock as L

guard = L()

def ask():
    with guard:
        return input("? ")  #! blocking-under-lock
# ---- waiting first is right
import threading, requests

lock = threading.Lock()
pages = {}

def get(url):
    text = requests.get(url).text
    with lock:
        pages[url] = text
# ---- a condition gives its lock back
import threading

ready = threading.Condition()

def wait():
    with ready:
        ready.wait()
# ---- another kind of with
import time, tempfile

def pause():
    with tempfile.TemporaryDirectory() as folder:
        time.sleep(1)
# ---- an asyncio lock is another matter
import asyncio

lock = asyncio.Lock()

async def work():
    async with lock:
        await asyncio.sleep(1)
# ---- a semaphore limits, and may wait
import threading, requests

slots = threading.Semaphore(4)

def fetch(url):
    with slots:
        return requests.get(url)
# ---- a function made under the lock runs later
import threading, time

lock = threading.Lock()

def make():
    with lock:
        def later():
            time.sleep(1)
        return later
# ---- quick work under the lock
import threading

lock = threading.Lock()
counts = {}

def add(key):
    with lock:
        counts[key] = counts.get(key, 0) + 1
# ---- a lock nobody knows
import time

def work(lock):
    with lock:
        time.sleep(1)
# ---- time is not sleep
import threading, time

lock = threading.Lock()
seen = {}

def mark(key):
    with lock:
        seen[key] = time.time()
# ---- the counter without a lock
import threading

counter = 0

def work():
    global counter
    for _ in range(100_000):
        counter += 1  #! unprotected-update

threads = [threading.Thread(target=work) for _ in range(4)]
# ---- the counter spelled out
from threading import Thread

total = 0

def add(n):
    global total
    total = total + n  #! unprotected-update

for i in range(10):
    Thread(target=add, args=(i,)).start()
# ---- a dictionary of the file
from concurrent.futures import ThreadPoolExecutor

counts = {}

def tally(word):
    counts[word] = counts.get(word, 0)
    counts[word] += 1  #! unprotected-update

with ThreadPoolExecutor() as pool:
    pool.map(tally, ["a", "b"])
# ---- an attribute of an object of the file
import threading

class Stats:
    hits = 0

stats = Stats()

def handle():
    stats.hits += 1  #! unprotected-update

a = threading.Thread(target=handle)
b = threading.Thread(target=handle)
# ---- in a function that the thread calls
import threading

done = 0

def finish():
    global done
    done += 1  #! unprotected-update

def work():
    print("working")
    finish()

for _ in range(3):
    threading.Thread(target=work).start()
# ---- a list's element
from concurrent.futures import ThreadPoolExecutor

sums = [0] * 4

def add(i):
    sums[i % 4] += i  #! unprotected-update

def main():
    with ThreadPoolExecutor() as pool:
        for i in range(100):
            pool.submit(add, i)
# ---- product
import threading

value = 1

def double():
    global value
    value *= 2  #! unprotected-update

threads = []
for _ in range(2):
    thread = threading.Thread(target=double)
    threads.append(thread)
# ---- with the lock it is safe
import threading

counter = 0
lock = threading.Lock()

def work():
    global counter
    for _ in range(100_000):
        with lock:
            counter += 1

threads = [threading.Thread(target=work) for _ in range(4)]
# ---- locals are nobody else's
import threading

def work():
    counter = 0
    for name in ["a"]:
        counter += len(name)
    print(counter)

threads = [threading.Thread(target=work) for _ in range(4)]
# ---- one thread only
import threading

counter = 0

def work():
    global counter
    counter += 1

threading.Thread(target=work).start()
# ---- processes share nothing
from multiprocessing import Process

counter = 0

def work():
    global counter
    counter += 1

if __name__ == "__main__":
    for _ in range(3):
        Process(target=work).start()
# ---- plain stores are not updates
import threading

last = None

def work(n):
    global last
    last = n

for n in range(3):
    threading.Thread(target=work, args=(n,)).start()
# ---- a lock handed in
import threading

total = 0

def add(n, guard):
    global total
    with guard:
        total += n

for n in range(3):
    threading.Thread(target=add, args=(n, threading.Lock())).start()
# ---- a local of the same name
import threading

counts = {}

def work():
    counts = {}
    counts["a"] = 0
    counts["a"] += 1
    return counts

for _ in range(2):
    threading.Thread(target=work).start()
# ---- own object of each thread
import threading

class Job:
    def __init__(self):
        self.steps = 0

    def run(self):
        self.steps += 1

jobs = [Job() for _ in range(3)]
for job in jobs:
    threading.Thread(target=job.run).start()
# ---- nobody runs it in threads
counter = 0

def work():
    global counter
    counter += 1

work()
