# 500 threads, one after the other, and 200 that live at the same time.
import os
import sys
import threading
import time


def little():
    x = 0
    for i in range(1000):
        x += i


while not os.path.exists(sys.argv[1]):
    time.sleep(0.005)
for _ in range(500):
    thread = threading.Thread(target=little)
    thread.start()
    thread.join()
gate = threading.Event()
crowd = [threading.Thread(target=gate.wait, name="one of many") for _ in range(200)]
for thread in crowd:
    thread.start()
time.sleep(0.3)
gate.set()
for thread in crowd:
    thread.join()
