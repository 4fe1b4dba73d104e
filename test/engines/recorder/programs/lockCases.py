# Threads that wait for locks, held in every way there is, and threads that wait for something else. Each is named after
# what it does; the holders hold before the others ask. Says "ready" when all of them wait, and sleeps until it is ended.
import concurrent.futures
import contextlib
import multiprocessing
import queue
import sys
import threading
import time

LONG = 1000
plain, taken, stacked, generated, wrapped = [threading.Lock() for _ in range(5)]
reentrant = threading.RLock()
condition = threading.Condition(wrapped)
shared = multiprocessing.get_context("fork").Lock()
first, second, one, two = [threading.Lock() for _ in range(4)]
left, right = threading.RLock(), threading.RLock()
under = threading.Lock()
notified = threading.Condition(under)
barrier = threading.Barrier(2)


class Cache:
    def __init__(self):
        self._session_lock = threading.Lock()

    def slow(self, held):
        with self._session_lock:
            deeper(held, 5)

    def get(self, held):
        with self._session_lock:
            pass


cache = Cache()


def deeper(held, depth):
    for _ in range(2):
        try:
            if depth:
                deeper(held, depth - 1)
            held.set()
            time.sleep(LONG)
        finally:
            pass


@contextlib.contextmanager
def generator():
    with generated:
        yield


def with_plain(held):
    with one, plain, two:
        held.set()
        time.sleep(LONG)


def with_stack(held):
    with contextlib.ExitStack() as stack:
        stack.enter_context(stacked)
        held.set()
        time.sleep(LONG)


def with_generator(held):
    with generator():
        held.set()
        time.sleep(LONG)


def with_condition(held):
    with condition:
        held.set()
        time.sleep(LONG)


def with_reentrant(held):
    reentrant.acquire()
    held.set()
    time.sleep(LONG)


def with_shared(held):
    with shared:
        held.set()
        time.sleep(LONG)


def with_acquire(held):
    taken.acquire()
    held.set()
    time.sleep(LONG)


def left_it(held):
    with plain:
        pass
    held.set()
    time.sleep(LONG)


def for_plain(held):
    with plain:
        pass


def for_two(held):
    with taken_never, two:
        pass


taken_never = threading.Lock()


def for_stacked(held):
    stacked.acquire()


def for_generated(held):
    take = generated.acquire
    take()


def for_wrapped(held):
    with condition:
        pass


def for_reentrant(held):
    with reentrant:
        pass


def for_shared(held):
    with shared:
        pass


def for_taken(held):
    with taken:
        pass


def notify(held):
    own = threading.Condition()
    with own:
        own.wait()


def notify_plain(held):
    with notified:
        held.set()
        notified.wait()


def acquire_notified(held):
    under.acquire()
    held.set()
    time.sleep(LONG)


def for_notified(held):
    with notified:
        pass


def event(held):
    threading.Event().wait()


def queue_get(held):
    queue.Queue().get()


def simple_get(held):
    queue.SimpleQueue().get()


def semaphore(held):
    threading.Semaphore(0).acquire()


def at_barrier(held):
    barrier.wait()


def sleeper(held):
    held.set()
    time.sleep(LONG)


def joiner(held):
    threads["sleeper"].join()


def limited(held):
    plain.acquire(timeout=LONG)


def circle_a(held):
    with first:
        held.set()
        both.wait()
        with second:
            pass


def circle_b(held):
    with second:
        held.set()
        both.wait()
        with first:
            pass


def owned_a(held):
    with left:
        held.set()
        both.wait()
        right.acquire()


def owned_b(held):
    with right:
        held.set()
        both.wait()
        left.acquire()


def itself(held):
    own = threading.Lock()
    with own:
        held.set()
        both.wait()
        own.acquire()


both = threading.Event()
threads = {}


def start(target, waits=False):
    held = threading.Event()
    name = getattr(target, "__name__")
    threads[name] = threading.Thread(target=target, name=name, args=(held,), daemon=True)
    threads[name].start()
    if not waits:
        held.wait()


for target in (left_it, with_plain, with_stack, with_generator, with_condition, with_reentrant, with_shared):
    start(target)
for target in (notify_plain, acquire_notified, with_acquire, sleeper, cache.slow):
    start(target)
if "circles" in sys.argv:
    for target in (circle_a, circle_b, owned_a, owned_b, itself):
        start(target)
for target in (for_notified, for_plain, for_two, for_stacked, for_generated, for_wrapped, for_reentrant, for_shared, for_taken):
    start(target, waits=True)
for target in (notify, event, queue_get, simple_get, semaphore, at_barrier, joiner, limited, cache.get):
    start(target, waits=True)
both.set()
if "circles" in sys.argv:
    pool = concurrent.futures.ThreadPoolExecutor(2, "pool")

    def nested():
        both_busy.wait()
        return pool.submit(int).result()

    both_busy = threading.Barrier(2)
    pool.submit(nested)
    pool.submit(nested)
time.sleep(0.5)
print("ready", flush=True)
time.sleep(LONG)
