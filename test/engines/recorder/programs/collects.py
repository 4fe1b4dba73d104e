# One thread collects garbage three times; another only computes, and lets the others in all the time. While garbage is
# collected nobody but the collector has the GIL: what makes a collection last is Python code that is not interrupted.
import gc
import os
import sys
import threading
import time

while not os.path.exists(sys.argv[1]):
    time.sleep(0.001)
gc.disable()
sys.setswitchinterval(1000)
collected = threading.Event()


def last_a_while(phase, _):
    end = time.monotonic() + 0.2
    while phase == "start" and time.monotonic() < end:
        pass


def collect():
    gc.callbacks.append(last_a_while)
    for _ in range(3):
        gc.collect()
        time.sleep(0.2)
    gc.callbacks.clear()
    collected.set()


def compute():
    while not collected.is_set():
        sum(range(1000))
        time.sleep(0)


threads = [threading.Thread(target=collect, name="collector"), threading.Thread(target=compute, name="computer")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
