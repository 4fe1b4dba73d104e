# Each thread waits in one way, and its name says which: "idle …", "lock …", "process …" or "blocked …". Waits for the
# file given as the argument.
import asyncio
import concurrent.futures
import multiprocessing
import os
import queue
import select
import socket
import subprocess
import sys
import threading
import time

SECONDS = 1.2


def asleep(connection):
    connection.recv()


def take(items):
    items.get()


def nap():
    time.sleep(SECONDS)


def begin(name, target, *args):
    thread = threading.Thread(target=target, args=args, name=name)
    thread.start()
    return thread


def main():
    while not os.path.exists(sys.argv[1]):
        time.sleep(0.005)
    # Processes first: a fork copies the open pipes of the others.
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=asleep, args=(theirs,))
    child.start()
    items = context.Queue()
    taker = context.Process(target=take, args=(items,))
    taker.start()
    results = context.Queue()
    echo = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    sleeper = subprocess.Popen(["sleep", str(SECONDS + 1)])
    workers = context.Pool(1)
    slow = workers.map_async(time.sleep, [SECONDS])

    threads = []
    event = threading.Event()
    threads.append(begin("idle event", event.wait))
    condition = threading.Condition()

    def wait_for_notification():
        with condition:
            condition.wait(SECONDS)

    threads.append(begin("idle condition", wait_for_notification))
    tasks = queue.Queue()
    threads.append(begin("idle queue", tasks.get))
    full = queue.Queue(1)
    full.put(0)
    threads.append(begin("idle full queue", full.put, 1))
    barrier = threading.Barrier(2)
    threads.append(begin("idle barrier", barrier.wait))
    pool = concurrent.futures.ThreadPoolExecutor(2, thread_name_prefix="pool")
    pending = pool.submit(nap)
    threads.append(begin("idle result", pending.result))
    first = threading.Thread(target=nap, name="blocked nap")
    first.start()
    threads.append(begin("idle join", first.join))
    pool.submit(int).result()
    threads.append(begin("idle loop", lambda: asyncio.new_event_loop().run_until_complete(asyncio.sleep(SECONDS))))

    lock = threading.Lock()
    lock.acquire()
    rlock = threading.RLock()
    rlock.acquire()
    permits = threading.Semaphore(1)
    permits.acquire()

    def wait_for(lock):
        lock.acquire()
        lock.release()

    threads.append(begin("lock plain", wait_for, lock))
    threads.append(begin("lock reentrant", wait_for, rlock))
    threads.append(begin("lock semaphore", wait_for, permits))

    # Notified at once, and then kept from going on: the condition's own lock is held.
    kept = threading.Condition()
    is_waiting = threading.Event()

    def wait_for_condition_lock():
        with kept:
            is_waiting.set()
            kept.wait()

    threads.append(begin("lock of a condition", wait_for_condition_lock))
    is_waiting.wait()
    kept.acquire()
    kept.notify_all()

    reader, writer = os.pipe()
    threads.append(begin("blocked own pipe", os.read, reader, 1))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    threads.append(begin("blocked accept", listener.accept))
    one, other = socket.socketpair()
    threads.append(begin("blocked socket", one.recv, 1))
    threads.append(begin("blocked select", select.select, [reader], [], []))
    threads.append(begin("blocked sleep", nap))

    threads.append(begin("process pipe", ours.recv))
    threads.append(begin("process output", echo.stdout.read))
    threads.append(begin("process wait", sleeper.wait))
    threads.append(begin("process wait for a while", lambda: child.join(SECONDS + 1)))
    threads.append(begin("process results", results.get))

    time.sleep(SECONDS)
    event.set()
    tasks.put(1)
    full.get()
    barrier.wait()
    kept.release()
    permits.release()
    rlock.release()
    lock.release()
    socket.create_connection(listener.getsockname()).close()
    other.send(b"1")
    os.write(writer, b"12")
    theirs.send(1)
    ours.send(1)
    items.put(1)
    results.put(1)
    echo.stdin.close()
    slow.wait()
    workers.close()
    workers.join()
    for thread in threads:
        thread.join()
    pool.shutdown()
    taker.join()
    os._exit(0)


if __name__ == "__main__":
    main()
