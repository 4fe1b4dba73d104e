# Two threads that take two locks in different orders, and stand still for a second; then the program ends itself.
import os
import sys
import threading
import time

while not os.path.exists(sys.argv[1]):
    time.sleep(0.001)
first, second = threading.Lock(), threading.Lock()
both = threading.Barrier(2)


def one():
    with first:
        both.wait()
        with second:
            pass


def other():
    with second:
        both.wait()
        with first:
            pass


for target in (one, other):
    threading.Thread(target=target, name=target.__name__, daemon=True).start()
time.sleep(1.5)
os._exit(0)
