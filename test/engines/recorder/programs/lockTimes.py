# Three threads that hold one lock over a sleep and two others that compute; each writes down how long it waited for the
# lock and had it. The sums, in seconds, are in the file GO.times at the end: waited, held.
import os
import sys
import threading
import time

while not os.path.exists(sys.argv[1]):
    time.sleep(0.001)
shared = threading.Lock()
waited, held = [], []
over = threading.Event()


def user():
    for _ in range(20):
        asked = time.perf_counter()
        with shared:
            got = time.perf_counter()
            time.sleep(0.02)
            gave = time.perf_counter()
        waited.append(got - asked)
        held.append(gave - got)
        time.sleep(0.001)


def computer():
    while not over.is_set():
        sum(range(2000))
        time.sleep(0.002)


threads = [threading.Thread(target=user, name="user") for _ in range(3)]
computers = [threading.Thread(target=computer, name="computer")]
for thread in threads + computers:
    thread.start()
for thread in threads:
    thread.join()
over.set()
with open(sys.argv[2], "w") as file:
    file.write("%f %f" % (sum(waited), sum(held)))
