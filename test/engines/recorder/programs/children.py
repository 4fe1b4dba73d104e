# Two child processes, started as the first argument says, with a thread of its own in each.
import multiprocessing
import sys
import threading
import time


def burn(seconds):
    x = 0
    end = time.time() + seconds
    while time.time() < end:
        x += 1


def work():
    thread = threading.Thread(target=burn, args=(0.6,), name="helper of a child")
    thread.start()
    burn(0.6)
    thread.join()


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    children = [multiprocessing.Process(target=work) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
