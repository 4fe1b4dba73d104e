# A consumer asks a queue for its next item in a loop's head and gets none, while another thread computes. Waits for the
# file given as the argument.
import os
import queue
import sys
import threading
import time

while not os.path.exists(sys.argv[1]):
    time.sleep(0.005)
items = queue.SimpleQueue()


def consume():
    for _ in iter(items.get, None):
        pass


def busy():
    end = time.perf_counter() + 1.5
    total = 0
    while time.perf_counter() < end:
        for i in range(3000):
            total += i % 7


threads = [threading.Thread(target=consume, name="consumer"), threading.Thread(target=busy, name="busy")]
for thread in threads:
    thread.start()
threads[1].join()
items.put(None)
threads[0].join()
