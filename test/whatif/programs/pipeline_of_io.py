# pair: processes fork
import multiprocessing
import queue
import sys
import threading
import time
from work import compute


def stage(inbox, outbox):
    while (item := inbox.get()) is not None:
        time.sleep(0.01)
        compute(5_000)
        outbox.put(item)
    outbox.put(None)


if __name__ == '__main__':
    if sys.argv[1] == 'after':
        fork = multiprocessing.get_context('fork')
        make, make_queue = fork.Process, fork.Queue
    else:
        make, make_queue = threading.Thread, queue.Queue
    queues = [make_queue() for _ in range(4)]
    stages = [make(target=stage, args=(queues[i], queues[i + 1])) for i in range(3)]
    for worker in stages:
        worker.start()
    for item in range(30):
        queues[0].put(item)
    queues[0].put(None)
    while queues[3].get() is not None:
        pass
    for worker in stages:
        worker.join()
