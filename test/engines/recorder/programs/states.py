# One thread in each state: two compute, one sleeps, one waits for a lock. Waits for the file given as the argument.
import os
import sys
import threading
import time

while not os.path.exists(sys.argv[1]):
    time.sleep(0.005)
begin = (time.process_time(), time.perf_counter())
end = time.time() + 0.8


def burn():
    x = 0
    while time.time() < end:
        for i in range(1000):
            x += i


def sleep():
    while time.time() < end:
        time.sleep(0.1)


def wait_for_lock():
    lock.acquire()
    lock.release()


lock = threading.Lock()
lock.acquire()
threads = [
    threading.Thread(target=burn, name="burner 1"),
    threading.Thread(target=burn, name="burner 2"),
    threading.Thread(target=sleep, name="schläfer ☃"),
    threading.Thread(target=wait_for_lock, name="waits for a lock"),
]
for thread in threads:
    thread.start()
time.sleep(0.8)
lock.release()
for thread in threads:
    thread.join()
# How many cores the machine had for this: tests that share it with others know what to expect.
cores = (time.process_time() - begin[0]) / (time.perf_counter() - begin[1])
with open(sys.argv[1] + ".cores", "w") as file:
    file.write(str(cores))
