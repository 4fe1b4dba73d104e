# A job queue with four worker threads, and tasks that compute: slower than one worker.
# expect: serialised here
# never: long-hold
import queue
import threading
import time

jobs = queue.Queue()


def resize(size):
    return [[(x * y) & 255 for x in range(size)] for y in range(size)]  # here


def worker():
    while (job := jobs.get()) is not None:
        resize(job)


for count in (1, 4):
    for _ in range(60):
        jobs.put(400)
    for _ in range(count):
        jobs.put(None)
    threads = [threading.Thread(target=worker) for _ in range(count)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f'{count} workers: {time.perf_counter() - began:.2f} s')
