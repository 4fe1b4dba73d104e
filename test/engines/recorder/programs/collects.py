# One thread collects garbage on a large heap, three times; another only computes.
import gc
import os
import sys
import threading
import time

while not os.path.exists(sys.argv[1]):
    time.sleep(0.001)
gc.disable()
heap = [[i] for i in range(1_000_000)]
collected = threading.Event()


def collect():
    for _ in range(3):
        gc.collect()
        time.sleep(0.1)
    collected.set()


def compute():
    while not collected.is_set():
        sum(range(1000))


threads = [threading.Thread(target=collect, name="collector"), threading.Thread(target=compute, name="computer")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
