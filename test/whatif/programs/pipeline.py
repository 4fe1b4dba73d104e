# pair: processes fork
# kept aside
import multiprocessing
import queue
import sys
import threading
from work import compute


def stage(inbox, outbox, turns):
    while (item := inbox.get()) is not None:
        compute(turns)
        outbox.put(item)
    outbox.put(None)


if __name__ == '__main__':
    if sys.argv[1] == 'after':
        fork = multiprocessing.get_context('fork')
        make, make_queue = fork.Process, fork.Queue
    else:
        make, make_queue = threading.Thread, queue.Queue
    first, second, third = make_queue(), make_queue(), make_queue()
    stages = [
        make(target=stage, args=(first, second, 90_000)),
        make(target=stage, args=(second, third, 90_000)),
    ]
    for worker in stages:
        worker.start()
    for item in range(30):
        first.put(item)
    first.put(None)
    while third.get() is not None:
        pass
    for worker in stages:
        worker.join()
