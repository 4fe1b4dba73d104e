# Locks that come and go. Threads are called by the name of the lock that they wait for, as the code calls it: "alpha" is
# freed before "beta" comes to lie at its address. "one" and "two" are two names of one lock, which is never freed. "walker"
# waits for "near" and then, without a pause, for "far".
import os
import sys
import threading
import time

while not os.path.exists(sys.argv[1]):
    time.sleep(0.001)


def alphas():
    alpha = threading.Lock()

    def want():
        with alpha:
            pass

    with alpha:
        waiter = threading.Thread(target=want, name="alpha")
        waiter.start()
        time.sleep(0.1)
    waiter.join()
    return id(alpha)


def betas(address):
    others = []
    for _ in range(100000):
        beta = threading.Lock()
        if id(beta) == address:
            break
        others.append(beta)

    def want():
        with beta:
            pass

    with beta:
        waiter = threading.Thread(target=want, name="beta")
        waiter.start()
        time.sleep(0.1)
    waiter.join()
    return id(beta) == address


reused = sum(betas(alphas()) for _ in range(3))
with open(sys.argv[1] + ".reused", "w") as file:
    file.write(str(reused))

one = two = threading.Lock()


def want_one():
    with one:
        pass


def want_two():
    with two:
        pass


for want in (want_one, want_two):
    with one:
        waiter = threading.Thread(target=want, name=want.__name__)
        waiter.start()
        time.sleep(0.1)
    waiter.join()

near, far = threading.Lock(), threading.Lock()


def walk():
    with near, far:
        pass


near.acquire()
far.acquire()
walker = threading.Thread(target=walk, name="walker")
walker.start()
time.sleep(0.15)
near.release()
time.sleep(0.15)
far.release()
walker.join()
