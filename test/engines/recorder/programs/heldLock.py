# One thread holds a lock over a sleep, again and again; another wants the same lock, and gets it in between. A third waits
# for a lock that is held by acquire(), which leaves no trace.
import os
import sys
import threading
import time

while not os.path.exists(sys.argv[1]):
    time.sleep(0.001)
shared, hidden = threading.Lock(), threading.Lock()
begin = threading.Barrier(3)
hidden.acquire()


def slow():
    begin.wait()
    for _ in range(20):
        with shared:
            time.sleep(0.05)
        time.sleep(0.01)


def quick():
    begin.wait()
    for _ in range(20):
        with shared:
            pass
        time.sleep(0.001)


def hopeful():
    begin.wait()
    with hidden:
        pass


threads = [threading.Thread(target=target, name=target.__name__) for target in (slow, quick, hopeful)]
for thread in threads:
    thread.start()
threads[0].join()
hidden.release()
