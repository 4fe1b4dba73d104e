# C code: one thread sleeps in C without letting go of the GIL, then two threads hash large data without the GIL.
import ctypes
import hashlib
import os
import sys
import threading
import time

library = ctypes.PyDLL(None)
data = b"x" * 40_000_000


def hog():
    end = time.time() + 0.5
    while time.time() < end:
        library.usleep(100000)


def poor():
    x = 0
    end = time.time() + 0.5
    while time.time() < end:
        x += 1


def hash_much():
    end = time.time() + 0.5
    while time.time() < end:
        hashlib.sha256(data).digest()


while not os.path.exists(sys.argv[1]):
    time.sleep(0.005)
for group in ([("hog", hog), ("poor", poor)], [("hash 1", hash_much), ("hash 2", hash_much)]):
    threads = [threading.Thread(target=target, name=name) for name, target in group]
    begin = (time.process_time(), time.perf_counter())
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
# How many cores the machine had for this: tests that share it with others know what to expect.
cores = (time.process_time() - begin[0]) / (time.perf_counter() - begin[1])
with open(sys.argv[1] + ".cores", "w") as file:
    file.write(str(cores))
