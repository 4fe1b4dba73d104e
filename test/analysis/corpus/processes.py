# ---- waiting in a process pool
import time
from concurrent.futures import ProcessPoolExecutor

def wait(seconds):
    time.sleep(seconds)
    return seconds

if __name__ == "__main__":
    with ProcessPoolExecutor() as pool:
        list(pool.map(wait, [1, 2, 3]))  #! waiting-processes
# ---- downloads in processes
import multiprocessing, requests

def fetch(url):
    return requests.get(url).text

if __name__ == "__main__":
    with multiprocessing.Pool(8) as pool:
        pages = pool.map(fetch, ["https://example.org"])  #! waiting-processes
# ---- shell commands in processes
import subprocess
from multiprocessing import Pool

def run(command):
    return subprocess.run(command, shell=True).returncode

def main():
    with Pool(4) as p:
        p.map(run, ["ls"])  #! waiting-processes

if __name__ == "__main__":
    main()
# ---- one process that waits
from multiprocessing import Process
import urllib.request

def warm(url):
    urllib.request.urlopen(url).read()

if __name__ == "__main__":
    p = Process(target=warm, args=("https://example.org",))  #! waiting-processes
    p.start()
# ---- session in a pool of processes
import requests
from concurrent.futures import ProcessPoolExecutor, as_completed

session = requests.Session()

def status(url):
    r = session.get(url, timeout=5)
    return r.status_code

def check(urls):
    with ProcessPoolExecutor(max_workers=20) as executor:
        futures = {executor.submit(status, url): url for url in urls}  #! waiting-processes
        return [f.result() for f in as_completed(futures)]
# ---- polling
import time, requests
from concurrent import futures

def poll(url):
    for _ in range(10):
        if requests.get(url).ok:
            return True
        time.sleep(1)
    return False

def run():
    with futures.ProcessPoolExecutor(2) as pool:
        return pool.submit(poll, "https://example.org").result()  #! waiting-processes
# ---- annotated as waiting
from multiprocessing import Process

def work():
    load()  # gil: io 40ms

if __name__ == "__main__":
    Process(target=work).start()  #! waiting-processes
# ---- joblib and waiting
from joblib import Parallel, delayed
import requests

def fetch(url):
    return requests.get(url).content

pages = Parallel(n_jobs=8)(delayed(fetch)(u) for u in ["https://example.org"])  #! waiting-processes
# ---- download, then compute: processes are right
import requests
from concurrent.futures import ProcessPoolExecutor

def analyse(url):
    text = requests.get(url).text
    total = 0
    for ch in text:
        total = total * 31 + ord(ch)
    return total

if __name__ == "__main__":
    with ProcessPoolExecutor() as pool:
        pool.map(analyse, ["https://example.org"])
# ---- download, then something unknown
import requests
from multiprocessing import Pool
from parser import parse

def scrape(url):
    return parse(requests.get(url).text)

if __name__ == "__main__":
    Pool().map(scrape, ["https://example.org"])
# ---- a lambda to a process pool
from concurrent.futures import ProcessPoolExecutor

def main():
    with ProcessPoolExecutor() as pool:
        return list(pool.map(lambda x: x + 1, range(10)))  #! unpicklable-work
# ---- a lambda through a name
import multiprocessing as mp

double = lambda x: 2 * x

def main():
    with mp.Pool() as pool:
        print(pool.map(double, [1, 2]))  #! unpicklable-work
# ---- a closure
from concurrent.futures import ProcessPoolExecutor

def scale(values, factor):
    def times(value):
        return value * factor
    with ProcessPoolExecutor() as pool:
        return list(pool.map(times, values))  #! unpicklable-work
# ---- a lambda as target
from multiprocessing import Process

def main():
    Process(target=lambda: print("hi")).start()  #! unpicklable-work

if __name__ == "__main__":
    main()
# ---- a thread's lock sent along
import threading
from concurrent.futures import ProcessPoolExecutor

def work(lock, n):
    with lock:
        return n * n

def main():
    lock = threading.Lock()
    with ProcessPoolExecutor() as pool:
        pool.submit(work, lock, 3)  #! unpicklable-work
# ---- an open file sent along
from multiprocessing import Process

def write(file, text):
    file.write(text)

def main():
    log = open("log.txt", "a")
    p = Process(target=write, args=(log, "x"))  #! unpicklable-work
    p.start()
# ---- a socket sent along
import socket
from multiprocessing import Pool

def talk(connection):
    return connection.getpeername()

def main():
    connection = socket.create_connection(("example.org", 80))
    with Pool(2) as pool:
        pool.apply_async(talk, (connection,))  #! unpicklable-work
# ---- a generator sent along
from concurrent.futures import ProcessPoolExecutor

def total(values):
    return sum(values)

def main():
    with ProcessPoolExecutor() as pool:
        return pool.submit(total, (x * x for x in range(10))).result()  #! unpicklable-work
# ---- a database connection sent along
import sqlite3
from multiprocessing import Process

def save(db):
    db.commit()

if __name__ == "__main__":
    db = sqlite3.connect("x.db")
    Process(target=save, args=(db,)).start()  #! unpicklable-work
# ---- a lambda in imap
from multiprocessing import Pool

def main(rows):
    with Pool() as pool:
        for row in pool.imap_unordered(lambda r: r.strip(), rows):  #! unpicklable-work
            print(row)
# ---- a queue of threads sent to a process
import queue
from multiprocessing import Process

def consume(q):
    print(q.get())

def main():
    q = queue.Queue()
    Process(target=consume, args=(q,)).start()  #! unpicklable-work, waiting-processes
# ---- a key function as argument
from concurrent.futures import ProcessPoolExecutor

def order(rows, key):
    return sorted(rows, key=key)

def main(rows):
    with ProcessPoolExecutor() as pool:
        return pool.submit(order, rows, lambda row: row[0]).result()  #! unpicklable-work
# ---- lambdas in threads are fine
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor() as pool:
    print(list(pool.map(lambda x: x, [1])))
# ---- closures in threads are fine
import threading

def start(name):
    def hello():
        print(name)
    threading.Thread(target=hello).start()
# ---- locks of multiprocessing travel
from multiprocessing import Process, Lock

def work(lock):
    with lock:
        print("x")

if __name__ == "__main__":
    lock = Lock()
    Process(target=work, args=(lock,)).start()
# ---- lists and names travel
from concurrent.futures import ProcessPoolExecutor

def total(values):
    return sum(values)

def main():
    with ProcessPoolExecutor() as pool:
        return pool.submit(total, [x * x for x in range(10)]).result()
# ---- functions in an if at the top travel
import sys
from multiprocessing import Pool

if sys.platform == "win32":
    def work(x):
        return x
else:
    def work(x):
        return x + 1

if __name__ == "__main__":
    Pool().map(work, [1])
# ---- joblib takes lambdas
from joblib import Parallel, delayed

Parallel(n_jobs=2)(delayed(lambda x: x)(i) for i in range(3))
# ---- a key for the callback only
from multiprocessing import Pool

def work(x):
    return x

def main():
    with Pool() as pool:
        pool.apply_async(work, (1,), callback=lambda r: print(r))
# ---- pool at the top of the file
from multiprocessing import Pool

def square(x):
    return x * x

with Pool(4) as pool:  #! missing-main-guard
    print(pool.map(square, range(10)))
# ---- process at the top of the file
import multiprocessing

def hello():
    print("hello")

p = multiprocessing.Process(target=hello)  #! missing-main-guard
p.start()
# ---- main called without a guard
from concurrent.futures import ProcessPoolExecutor

def square(x):
    return x * x

def main():
    with ProcessPoolExecutor() as pool:
        print(list(pool.map(square, range(10))))

main()  #! missing-main-guard
# ---- main through another function
import multiprocessing as mp

def work():
    pass

def start():
    p = mp.Process(target=work)
    p.start()

def main():
    start()

if True:
    main()  #! missing-main-guard
# ---- context
import multiprocessing

def work():
    pass

context = multiprocessing.get_context("spawn")
context.Process(target=work).start()  #! missing-main-guard
# ---- an executor kept at the top starts nothing before its first work
import concurrent.futures

executor = concurrent.futures.ProcessPoolExecutor(max_workers=2)
# ---- an executor kept at the top, with work
import concurrent.futures

executor = concurrent.futures.ProcessPoolExecutor(max_workers=2)
future = executor.submit(pow, 2, 10)  #! missing-main-guard
# ---- loop at the top
from multiprocessing import Process

def work(n):
    print(n)

for n in range(3):
    Process(target=work, args=(n,)).start()  #! missing-main-guard
# ---- guarded
from multiprocessing import Pool

def square(x):
    return x * x

if __name__ == "__main__":
    with Pool(4) as pool:
        print(pool.map(square, range(10)))
# ---- guarded the other way round
from multiprocessing import Pool

def main():
    Pool().map(abs, [1])

if "__main__" == __name__:
    main()
# ---- a library with functions only
from concurrent.futures import ProcessPoolExecutor

def run_all(jobs):
    with ProcessPoolExecutor() as pool:
        return list(pool.map(abs, jobs))
# ---- threads need no guard
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor() as pool:
    pool.map(print, [1])
# ---- joblib needs no guard
from joblib import Parallel, delayed

print(Parallel(n_jobs=2)(delayed(abs)(i) for i in range(3)))
# ---- a method that starts them later
from multiprocessing import Process

class Service:
    def __init__(self):
        self.process = Process(target=print)

    def start(self):
        self.process.start()
# ---- guarded with a condition
from multiprocessing import Pool
import sys

if __name__ == "__main__" and len(sys.argv) > 1:
    Pool().map(print, sys.argv)
# ---- a click command
import click
from multiprocessing import Pool

@click.command()
def main():
    Pool().map(print, [1])

if __name__ == "__main__":
    main()
# ---- forked on purpose
import multiprocessing

def main():
    context = multiprocessing.get_context("fork")
    def child():
        print("child")
    process = context.Process(target=child)
    process.start()
