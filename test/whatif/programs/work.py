# What the programs of the bench share: computing that keeps the GIL, and how a thing is run at the same time.
import multiprocessing
import threading


def compute(turns):
    x = 0
    for i in range(turns):
        x += i * i
    return x


def all_of(target, arguments, how):
    """Runs target(*a) for each a: in threads, or in processes that are forked or spawned."""
    if how == 'threads':
        make = threading.Thread
    else:
        make = multiprocessing.get_context(how).Process
    workers = [make(target=target, args=a) for a in arguments]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
