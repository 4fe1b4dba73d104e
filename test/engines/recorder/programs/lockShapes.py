# A program of a random shape in which threads stand at locks: lockShapes.py SEED SIZE circle|chain SECONDS [GO]. In a circle of
# SIZE threads each has a lock and waits for the next one's; in a chain the last one sleeps instead. Others wait for the
# first lock, sleep, compute, or wait for work. Ends itself after SECONDS.
import os
import queue
import random
import sys
import threading
import time

seed, size, shape, seconds = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
while len(sys.argv) > 5 and not os.path.exists(sys.argv[5]):
    time.sleep(0.001)
chance = random.Random(seed)
locks = [chance.choice((threading.Lock, threading.RLock))() for _ in range(size)]
met = threading.Barrier(size + 1)


class Holder:
    def __init__(self, own, following):
        self.own_lock, self.next_lock = own, following

    def ask(self, depth):
        if depth > 0:
            return self.ask(depth - 1)
        with self.next_lock:
            return None

    def run(self, depth, isLast):
        with self.own_lock:
            met.wait()
            if isLast:
                time.sleep(1000)
            self.ask(depth)


def compute():
    while True:
        sum(range(1000))
        time.sleep(0.001)


def want():
    with locks[0]:
        pass


def begin(name, target, *args):
    threading.Thread(target=target, name=name, args=args, daemon=True).start()


order = list(range(size))
chance.shuffle(order)
for i in order:
    holder = Holder(locks[i], locks[(i + 1) % size])
    begin("holder %d" % i, holder.run, chance.randrange(4), shape == "chain" and i == size - 1)
met.wait()
for i in range(chance.randrange(3)):
    begin("wants %d" % i, want)
others = [("sleeps", time.sleep, 1000), ("computes", compute), ("works", queue.Queue().get)]
for other in chance.sample(others, chance.randrange(4)):
    begin(*other)
time.sleep(0.3)  # for threads that were just started to come to where they wait
print("ready", flush=True)
time.sleep(seconds)
os._exit(0)
