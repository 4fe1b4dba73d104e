# ---- taken and given back by hand
import threading, time

lock = threading.Lock()

def work():
    lock.acquire()
    time.sleep(1)  #! blocking-under-lock
    lock.release()
# ---- taken, and given back at last
import threading, requests

lock = threading.Lock()

def get(url):
    lock.acquire()
    try:
        return requests.get(url)  #! blocking-under-lock
    finally:
        lock.release()
# ---- given back before the waiting
import threading, time

lock = threading.Lock()
count = 0

def work():
    lock.acquire()
    print(count)
    lock.release()
    time.sleep(1)
# ---- taken only if it is free
import threading, time

lock = threading.Lock()

def work():
    if lock.acquire(blocking=False):
        lock.release()
    time.sleep(1)
# ---- another lock than its own while a condition waits
import threading

lock = threading.Lock()
ready = threading.Condition()

def wait():
    with lock:
        with ready:
            ready.wait()  #! blocking-under-lock
# ---- sleeping while a condition is held
import threading, time

ready = threading.Condition()

def slow():
    with ready:
        time.sleep(0.5)  #! blocking-under-lock
        ready.notify()
# ---- a lock handed in with its type
import threading, time

def work(lock: threading.Lock):
    with lock:
        time.sleep(1)  #! blocking-under-lock
# ---- a lock of a dataclass
import threading
import urllib.request
from dataclasses import dataclass, field

@dataclass
class Client:
    url: str
    lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self):
        with self.lock:
            return urllib.request.urlopen(self.url).read()  #! blocking-under-lock
# ---- a lock given or made
import threading, time

class Timer:
    def __init__(self, lock=None):
        self._lock = lock or threading.RLock()

    def tick(self):
        with self._lock:
            time.sleep(1)  #! blocking-under-lock
# ---- awaiting with a lock of threads
import asyncio, threading

lock = threading.Lock()

async def work():
    with lock:
        await asyncio.sleep(1)  #! blocking-under-lock
# ---- a future's result under the lock
import threading
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor()
lock = threading.Lock()

def ask():
    with lock:
        return pool.submit(print).result()  #! blocking-under-lock
# ---- taken from a queue without waiting
import queue, threading

items = queue.Queue()
lock = threading.Lock()

def take():
    with lock:
        return items.get(block=False)
# ---- taken from a queue with a limit still waits
import queue, threading

items = queue.Queue()
lock = threading.Lock()

def take():
    with lock:
        return items.get(timeout=5)  #! blocking-under-lock
# ---- a pause of no time
import threading, time

lock = threading.Lock()

def step():
    with lock:
        time.sleep(0)
# ---- the waiting is in a lambda for later
import threading, time

lock = threading.Lock()
jobs = []

def plan():
    with lock:
        jobs.append(lambda: time.sleep(1))
# ---- writing a log line under the lock
import threading

lock = threading.Lock()

def log(text):
    with lock:
        with open("log.txt", "a") as file:
            file.write(text)
# ---- the database behind its lock
import sqlite3, threading

connection = sqlite3.connect("x.db", check_same_thread=False)
lock = threading.Lock()

def rows():
    with lock:
        return connection.execute("select 1").fetchall()
# ---- a lock of processes
import multiprocessing, time

lock = multiprocessing.Lock()

def work():
    with lock:
        time.sleep(1)
# ---- a method that waits, called under the lock
import threading, socket

class Link:
    def __init__(self, address):
        self.lock = threading.Lock()
        self.socket = socket.create_connection(address)

    def receive(self):
        return self.socket.recv(4096)

    def ask(self):
        with self.lock:
            return self.receive()  #! blocking-under-lock
# ---- a counter object handed to threads
import threading

class Counter:
    def __init__(self):
        self.value = 0

    def increment(self):
        self.value += 1  #! unprotected-update

def work(counter):
    for _ in range(1000):
        counter.increment()

counter = Counter()
threads = [threading.Thread(target=work, args=(counter,)) for _ in range(4)]
# ---- a counter object with its own lock
import threading

class Counter:
    def __init__(self):
        self.value = 0
        self.lock = threading.Lock()

    def increment(self):
        with self.lock:
            self.value += 1

counter = Counter()
threads = [threading.Thread(target=counter.increment) for _ in range(4)]
# ---- the method of one object in many threads
import threading

class Account:
    def __init__(self):
        self.balance = 100

    def withdraw(self):
        balance = self.balance
        self.balance = balance - 1  #! unprotected-update

account = Account()
for _ in range(10):
    threading.Thread(target=account.withdraw).start()
# ---- an object for each thread
import threading

class Account:
    def __init__(self):
        self.balance = 100

    def withdraw(self):
        self.balance -= 1

for _ in range(10):
    account = Account()
    threading.Thread(target=account.withdraw).start()
# ---- its own method in threads that it starts
from concurrent.futures import ThreadPoolExecutor

class Crawler:
    def __init__(self):
        self.pages = 0

    def visit(self, url):
        print(url)
        self.pages += 1  #! unprotected-update

    def crawl(self, urls):
        with ThreadPoolExecutor(8) as pool:
            pool.map(self.visit, urls)
# ---- its own method in one thread
import threading

class Clock:
    def __init__(self):
        self.ticks = 0

    def run(self):
        self.ticks += 1

    def start(self):
        threading.Thread(target=self.run).start()
# ---- a thread class counts for itself
import threading

class Worker(threading.Thread):
    def __init__(self):
        super().__init__()
        self.done = 0

    def run(self):
        self.done += 1

workers = [Worker() for _ in range(4)]
# ---- a thread class counts for all
import threading

class Worker(threading.Thread):
    done = 0

    def run(self):
        Worker.done += 1  #! unprotected-update

workers = [Worker() for _ in range(4)]
# ---- two functions and one variable
import threading

balance = 0

def deposit():
    global balance
    balance += 10  #! unprotected-update

def withdraw():
    global balance
    balance -= 10  #! unprotected-update

a = threading.Thread(target=deposit)
b = threading.Thread(target=withdraw)
a.start(); b.start()
# ---- two functions and two variables
import threading

reads = writes = 0

def reader():
    global reads
    reads += 1

def writer():
    global writes
    writes += 1

threading.Thread(target=reader).start()
threading.Thread(target=writer).start()
# ---- a variable of the function around
import threading

def main():
    total = 0
    def work(n):
        nonlocal total
        total += n  #! unprotected-update
    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
# ---- a dictionary of the function around, with get
from concurrent.futures import ThreadPoolExecutor

def count(words):
    counts = {}
    def tally(word):
        counts[word] = counts.get(word, 0) + 1  #! unprotected-update
    with ThreadPoolExecutor() as pool:
        pool.map(tally, words)
    return counts
# ---- a dictionary handed to each thread
import threading

def work(stats, n):
    stats["sum"] += n  #! unprotected-update

stats = {"sum": 0}
for n in range(4):
    threading.Thread(target=work, args=(stats, n)).start()
# ---- a dictionary made for each thread
import threading

def work(stats, n):
    stats["sum"] += n

for n in range(4):
    stats = {"sum": 0}
    threading.Thread(target=work, args=(stats, n)).start()
# ---- a place for each thread
import threading

sums = [0] * 4

def work(number):
    sums[number] += number

threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
# ---- read, looked at, stored
import threading

best = 0

def search(score):
    global best
    best = max(best, score)  #! unprotected-update

threads = [threading.Thread(target=search, args=(n,)) for n in range(4)]
# ---- read, called, stored
import threading, time

tickets = 100

def sell():
    global tickets
    left = tickets
    print(left)
    tickets = left - 1  #! unprotected-update

for _ in range(3):
    threading.Thread(target=sell).start()
# ---- the lock is taken by the caller
import threading

lock = threading.Lock()
count = 0

def add():
    global count
    count += 1

def work():
    with lock:
        add()

for _ in range(3):
    threading.Thread(target=work).start()
# ---- a lock that each thread makes for itself
import threading

count = 0

def work():
    global count
    lock = threading.Lock()
    with lock:
        count += 1  #! unprotected-update

for _ in range(3):
    threading.Thread(target=work).start()
# ---- a with that is no lock
import threading

count = 0

def work():
    global count
    with open("x.txt") as file:
        count += len(file.read())  #! unprotected-update

for _ in range(3):
    threading.Thread(target=work).start()
# ---- the only worker of its pool
from concurrent.futures import ThreadPoolExecutor

count = 0

def work(n):
    global count
    count += n

pool = ThreadPoolExecutor(max_workers=1)
for n in range(10):
    pool.submit(work, n)
# ---- one after another
import threading

count = 0

def work():
    global count
    count += 1

for _ in range(3):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
# ---- awaited one after another
import asyncio

count = 0

def work(n):
    global count
    count += n

async def main():
    for n in range(3):
        await asyncio.to_thread(work, n)
# ---- all at once in threads of the loop
import asyncio

count = 0

def work(n):
    global count
    count += n  #! unprotected-update

async def main():
    await asyncio.gather(*(asyncio.to_thread(work, n) for n in range(3)))
# ---- tasks of the loop are no threads
import asyncio

count = 0

async def work():
    global count
    count += 1

async def main():
    await asyncio.gather(*(work() for _ in range(3)))
# ---- a list that grows is one step
import threading

found = []

def work(n):
    global found
    found += [n]

for n in range(3):
    threading.Thread(target=work, args=(n,)).start()
# ---- through another object of the class
import threading

class Stats:
    hits = 0

class Server:
    def __init__(self):
        self.stats = Stats()

    def handle(self):
        self.stats.hits += 1  #! unprotected-update

    def serve(self):
        for _ in range(4):
            threading.Thread(target=self.handle).start()
# ---- hasattr and the question
import sys
with_gil = hasattr(sys, "_is_gil_enabled") and sys._is_gil_enabled()  #! gil-state
# ---- not hasattr or the question
import sys
with_gil = not hasattr(sys, "_is_gil_enabled") or sys._is_gil_enabled()
# ---- if else in one expression, wrong
import sys
with_gil = sys._is_gil_enabled() if hasattr(sys, "_is_gil_enabled") else False  #! gil-state
# ---- if else in one expression, right
import sys
with_gil = sys._is_gil_enabled() if hasattr(sys, "_is_gil_enabled") else True
# ---- no such attribute, wrong
import sys

try:
    with_gil = sys._is_gil_enabled()
except AttributeError:
    with_gil = False  #! gil-state
# ---- no such attribute, right
import sys

try:
    with_gil = sys._is_gil_enabled()
except AttributeError:
    with_gil = True
# ---- returned in an if, wrong
import sys

def with_gil():
    if hasattr(sys, "_is_gil_enabled"):
        return sys._is_gil_enabled()
    return False  #! gil-state
# ---- returned in an if, right
import sys

def with_gil():
    if hasattr(sys, "_is_gil_enabled"):
        return sys._is_gil_enabled()
    return True
# ---- its being there is no answer
import sys
FREE_THREADED = hasattr(sys, "_is_gil_enabled")  #! gil-state
# ---- nothing to call
import sys
check = getattr(sys, "_is_gil_enabled", None)
with_gil = True if check is None else check()
# ---- workers by the build in one expression
import os, sysconfig
workers = os.cpu_count() if sysconfig.get_config_var("Py_GIL_DISABLED") else 1  #! gil-state
# ---- all variables of the build
import sysconfig
no_gil = bool(sysconfig.get_config_vars().get("Py_GIL_DISABLED"))  #! gil-state
# ---- a wheel's tag
import sysconfig

def abi():
    return "cp313t" if sysconfig.get_config_var("Py_GIL_DISABLED") else "cp313"
# ---- asked whether a child has ended, not waited for
import os, threading

lock = threading.Lock()

def reap(pid):
    with lock:
        return os.waitpid(pid, os.WNOHANG)
# ---- waited for a child
import os, threading

lock = threading.Lock()

def reap(pid):
    with lock:
        return os.waitpid(pid, 0)  #! blocking-under-lock
# ---- told to people as running
import sysconfig

if sysconfig.get_config_var("Py_GIL_DISABLED"):  #! gil-state
    print("running without a GIL")
else:
    print("running with a GIL")
# ---- told to people as the state
from sysconfig import get_config_var

def main():
    value = get_config_var("Py_GIL_DISABLED")  #! gil-state
    if value == 1:
        print("the GIL is disabled")
    else:
        print("the GIL is active")
# ---- told to people as the build
import sysconfig

if sysconfig.get_config_var("Py_GIL_DISABLED"):
    print("a free-threaded build")
# ---- the version is asked
import sys

if sys.version_info >= (3, 13):
    GIL_ENABLED = sys._is_gil_enabled()
else:
    GIL_ENABLED = True
# ---- read, raised, stored
import threading

x = 0

def step():
    global x
    y = x
    y += 1
    x = y  #! unprotected-update

for _ in range(100):
    threading.Thread(target=step).start()
