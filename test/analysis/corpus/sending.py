# ---- a method of an object with a lock
import threading
from concurrent.futures import ProcessPoolExecutor

class Cache:
    def __init__(self):
        self.lock = threading.Lock()
        self.values = {}

    def compute(self, key):
        return key * 2

    def fill(self, keys):
        with ProcessPoolExecutor() as pool:
            return list(pool.map(self.compute, keys))  #! unpicklable-work
# ---- a method of an object that keeps its own pool
from multiprocessing import Pool

class Runner:
    def __init__(self):
        self.pool = Pool(4)

    def work(self, n):
        return n + 1

    def run(self, numbers):
        return self.pool.map(self.work, numbers)  #! unpicklable-work
# ---- a method of a plain object travels
from concurrent.futures import ProcessPoolExecutor

class Scaler:
    def __init__(self, factor):
        self.factor = factor

    def scale(self, x):
        return x * self.factor

    def all(self, values):
        with ProcessPoolExecutor() as pool:
            return list(pool.map(self.scale, values))
# ---- a method of an object that says how to pickle it
import threading
from concurrent.futures import ProcessPoolExecutor

class Cache:
    def __init__(self):
        self.lock = threading.Lock()

    def __getstate__(self):
        return {}

    def compute(self, key):
        return key * 2

    def fill(self, keys):
        with ProcessPoolExecutor() as pool:
            return list(pool.map(self.compute, keys))
# ---- a static method needs no object
import threading
from concurrent.futures import ProcessPoolExecutor

class Cache:
    lock = threading.Lock()

    @staticmethod
    def compute(key):
        return key * 2

def fill(keys):
    with ProcessPoolExecutor() as pool:
        return list(pool.map(Cache.compute, keys))
# ---- an object with an open file as target of a process
from multiprocessing import Process

class Writer:
    def __init__(self, name):
        self.file = open(name, "w")

    def write(self):
        self.file.write("x")

def main():
    writer = Writer("out.txt")
    Process(target=writer.write).start()  #! unpicklable-work
# ---- a lambda inside a partial
from functools import partial
from multiprocessing import Pool

def main(rows):
    with Pool() as pool:
        return pool.map(partial(lambda k, row: row[k], "name"), rows)  #! unpicklable-work
# ---- a partial of a function at the top travels
from functools import partial
from multiprocessing import Pool

def pick(key, row):
    return row[key]

def main(rows):
    with Pool() as pool:
        return pool.map(partial(pick, "name"), rows)
# ---- a function inside a method
from concurrent.futures import ProcessPoolExecutor

class Report:
    def build(self, pages):
        def render(page):
            return str(page) + self.title
        with ProcessPoolExecutor() as pool:
            return list(pool.map(render, pages))  #! unpicklable-work
# ---- a lambda to an interpreter that uses a name of the file
from concurrent.futures import InterpreterPoolExecutor

FACTOR = 3

def main(values):
    with InterpreterPoolExecutor() as pool:
        return list(pool.map(lambda value: value * FACTOR, values))  #! unpicklable-work
# ---- a lambda to an interpreter that needs nothing
from concurrent.futures import InterpreterPoolExecutor

def main(values):
    with InterpreterPoolExecutor() as pool:
        return list(pool.map(lambda value: value * value, values))
# ---- a closure to an interpreter
from concurrent.futures import InterpreterPoolExecutor

def main(values, factor):
    def times(value):
        return value * factor
    with InterpreterPoolExecutor() as pool:
        return list(pool.map(times, values))  #! unpicklable-work
# ---- a lock to an interpreter
import threading
from concurrent.futures import InterpreterPoolExecutor

def work(lock, n):
    with lock:
        return n

def main():
    lock = threading.Lock()
    with InterpreterPoolExecutor() as pool:
        return pool.submit(work, lock, 3).result()  #! unpicklable-work
# ---- an interpreter called with an open file
from concurrent import interpreters

def count(file):
    return len(file.read())

def main():
    interp = interpreters.create()
    file = open("a.txt")
    interp.call(count, file)  #! unpicklable-work
# ---- an interpreter called with text
from concurrent import interpreters

def count(text):
    return len(text)

def main():
    interp = interpreters.create()
    return interp.call(count, "abc")
# ---- a thread of an interpreter gets a nested function
from concurrent import interpreters

def main(names):
    interp = interpreters.create()
    def greet():
        print(names)
    interp.call_in_thread(greet)  #! unpicklable-work
# ---- a lock of multiprocessing sent with a task
import multiprocessing as mp
from concurrent.futures import ProcessPoolExecutor

def work(lock, n):
    with lock:
        return n

def main():
    lock = mp.Lock()
    with ProcessPoolExecutor() as pool:
        pool.submit(work, lock, 3)  #! unpicklable-work
# ---- a queue of multiprocessing sent with a task
from multiprocessing import Pool, Queue

def work(q, n):
    q.put(n * n)

def main():
    q = Queue()
    with Pool() as pool:
        pool.apply_async(work, (q, 3))  #! unpicklable-work
# ---- a lock of a manager travels
from multiprocessing import Manager, Pool

def work(lock, n):
    with lock:
        return n

def main():
    with Manager() as manager, Pool() as pool:
        pool.apply_async(work, (manager.Lock(), 3))
# ---- a lock of multiprocessing through initargs
import multiprocessing as mp

def setup(lock):
    global shared
    shared = lock

def work(n):
    with shared:
        return n

def main():
    lock = mp.Lock()
    with mp.Pool(initializer=setup, initargs=(lock,)) as pool:
        return pool.map(work, range(3))
# ---- a lock of threads through initargs
import threading
import multiprocessing as mp

def setup(lock):
    global shared
    shared = lock

def work(n):
    with shared:
        return n

def main():
    lock = threading.Lock()
    with mp.Pool(2, initializer=setup, initargs=(lock,)) as pool:  #! unpicklable-work
        return pool.map(work, range(3))
# ---- a lock inside a dictionary of arguments
import threading
from multiprocessing import Process

def work(name, lock=None):
    print(name)

def main():
    guard = threading.RLock()
    Process(target=work, args=("a",), kwargs={"lock": guard}).start()  #! unpicklable-work
# ---- a file opened in a with
from multiprocessing import Pool

def size(file):
    return len(file.read())

def main():
    with open("a.txt") as file, Pool(2) as pool:
        return pool.apply(size, (file,))  #! unpicklable-work
# ---- the name of a file travels
from multiprocessing import Pool

def size(name):
    with open(name) as file:
        return len(file.read())

def main(names):
    with Pool(2) as pool:
        return pool.map(size, names)
# ---- a thread pool sent to a process
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

def use(pool):
    return pool.submit(print, 1)

def main():
    threads = ThreadPoolExecutor()
    with ProcessPoolExecutor() as pool:
        pool.submit(use, threads)  #! unpicklable-work
# ---- run_in_executor with processes and a lambda
import asyncio
from concurrent.futures import ProcessPoolExecutor

async def main(n):
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor() as pool:
        return await loop.run_in_executor(pool, lambda: n * n)  #! unpicklable-work
# ---- run_in_executor with threads and a lambda
import asyncio

async def main(n):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, lambda: n + 1)
# ---- forked for the whole program
import multiprocessing

multiprocessing.set_start_method("fork")

def main():
    process = multiprocessing.Process(target=lambda: print("hi"))
    process.start()
# ---- spawned for the whole program
import multiprocessing

def main():
    multiprocessing.set_start_method("spawn")
    process = multiprocessing.Process(target=lambda: print("hi"))  #! unpicklable-work
    process.start()
# ---- a manager at the top
from multiprocessing import Manager

shared = Manager().dict()  #! missing-main-guard
# ---- a manager under the guard
from multiprocessing import Manager

if __name__ == "__main__":
    shared = Manager().dict()
# ---- an object that starts them as it is made
from multiprocessing import Process

class Farm:
    def __init__(self, size):
        self.workers = [Process(target=print) for _ in range(size)]
        for worker in self.workers:
            worker.start()

farm = Farm(4)  #! missing-main-guard
# ---- an object that starts them in a method
import multiprocessing

def work(n):
    return n

class Farm:
    def run(self, numbers):
        with multiprocessing.Pool() as pool:
            return pool.map(work, numbers)

Farm().run([1, 2])  #! missing-main-guard
# ---- only defined, started elsewhere
from multiprocessing import Process

worker = Process(target=print)

if __name__ == "__main__":
    worker.start()
# ---- leaves unless it is the main file
from multiprocessing import Pool

if __name__ != "__main__":
    raise SystemExit("run me")

Pool(2).map(print, [1])
# ---- forked, so nothing is imported again
import multiprocessing as mp

context = mp.get_context("fork")
pool = context.Pool(4)
# ---- through asyncio.run
import asyncio
from concurrent.futures import ProcessPoolExecutor

def square(n):
    return n * n

async def main():
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor() as pool:
        print(await loop.run_in_executor(pool, square, 3))

asyncio.run(main())  #! missing-main-guard
# ---- through typer
import typer
from multiprocessing import Pool

def main(count: int):
    with Pool(count) as pool:
        pool.map(print, range(count))

typer.run(main)  #! missing-main-guard
# ---- registered, not called
import atexit
from multiprocessing import Process

def bye():
    Process(target=print, args=("bye",)).start()

atexit.register(bye)
# ---- interpreters do not import the file
from concurrent.futures import InterpreterPoolExecutor

with InterpreterPoolExecutor() as pool:
    print(list(pool.map(abs, [-1])))
# ---- a command line of the program waits
import subprocess
from multiprocessing import Pool

def encode(name):
    subprocess.check_call(["ffmpeg", "-i", name, name + ".mp4"])

if __name__ == "__main__":
    with Pool(8) as pool:
        pool.map(encode, ["a.avi"])  #! waiting-processes
# ---- a session in a with
import requests
from concurrent.futures import ProcessPoolExecutor

def fetch(url):
    with requests.Session() as session:
        return session.get(url, timeout=3).json()

def main(urls):
    with ProcessPoolExecutor() as pool:
        return list(pool.map(fetch, urls))  #! waiting-processes
# ---- files in processes are another matter
from multiprocessing import Pool

def lines(name):
    with open(name) as file:
        return sum(1 for line in file)

def main(names):
    with Pool() as pool:
        return pool.map(lines, names)
# ---- compressing in processes is right
import zlib
from multiprocessing import Pool

def pack(data):
    return zlib.compress(data)

def main(blocks):
    with Pool() as pool:
        return pool.map(pack, blocks)
# ---- mail in processes
import smtplib
from multiprocessing import Process

def send(text):
    server = smtplib.SMTP("localhost")
    server.sendmail("a@example.org", ["b@example.org"], text)
    server.quit()

def main(texts):
    for text in texts:
        Process(target=send, args=(text,)).start()  #! waiting-processes
# ---- a process that waits for work is a worker
import multiprocessing

def worker(inbox):
    for item in iter(inbox.get, None):
        item.compute()

def main():
    inbox = multiprocessing.Queue()
    multiprocessing.Process(target=worker, args=(inbox,)).start()
