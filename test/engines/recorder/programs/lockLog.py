# Threads that fight for two locks and for the GIL, and that write into shared memory who has which lock: by `with`, or,
# with the word "acquire", now and then by acquire(). A reader who finds a log word unchanged around a look knows the
# truth at that moment. For each lock there are u64 words: 1 + the number of its holder, 0 while nobody has begun with it; how
# often it was taken; and who took it then, the last 1024 times.
# Says where the words lie and which kernel ids the threads have, then "ready".
import ctypes
import sys
import threading
import time

USERS = 4
WORDS = 2 + 1024
log = (ctypes.c_uint64 * (2 * WORDS))()
locks = [threading.Lock(), threading.Lock()]
first, second = locks
ids = [0] * USERS
begin = threading.Barrier(USERS + 1)


def work(amount):
    total = 0
    for number in range(amount):
        total += number
    return total


def began(lock, number):
    at = lock * WORDS
    count = log[at + 1]
    log[at + 2 + count % 1024] = number + 1
    log[at + 1] = count + 1
    log[at] = number + 1


def ended(lock):
    log[lock * WORDS] = 0


def user(number):
    ids[number] = threading.get_native_id()
    begin.wait()
    mixed = "acquire" in sys.argv and number % 2
    while True:
        with first:
            began(0, number)
            work(300)
            time.sleep(0.0004)
            ended(0)
        if mixed:
            second.acquire()
            began(1, number)
            work(2000)
            ended(1)
            second.release()
        else:
            with second:
                began(1, number)
                work(2000)
                ended(1)
        work(500)


def computer():
    while True:
        work(10000)


for number in range(USERS):
    threading.Thread(target=user, args=(number,), daemon=True).start()
begin.wait()
threading.Thread(target=computer, daemon=True).start()
print("ready", flush=True)
print(ctypes.addressof(log), *ids, flush=True)
time.sleep(1000)
