# Two threads that take turns exactly 2000 times each, by two locks: every turn is a hand-off. Ends a while after, because
# a program's counter can be read only while it lives.
import os
import sys
import threading
import time

ROUNDS = 2000
mine, theirs = threading.Lock(), threading.Lock()


def player(first, second):
    for _ in range(ROUNDS):
        first.acquire()
        second.release()


while not os.path.exists(sys.argv[1]):
    time.sleep(0.005)
theirs.acquire()
threads = [
    threading.Thread(target=player, args=(mine, theirs), name="ping"),
    threading.Thread(target=player, args=(theirs, mine), name="pong"),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
time.sleep(0.5)
