# A process is forked while a thread holds a lock; in the child nobody will ever let go of it.
# expect: hang here
# never: serialised, io-bound
import multiprocessing
import threading
import time

lock = threading.Lock()


def flush():
    for _ in range(10):
        with lock:
            time.sleep(0.15)


def child():
    got = lock.acquire(timeout=1)  # here
    print('child got the lock' if got else 'child waited for ever')


if __name__ == '__main__':
    multiprocessing.set_start_method('fork')
    writer = threading.Thread(target=flush)
    writer.start()
    time.sleep(0.05)
    process = multiprocessing.Process(target=child)
    process.start()
    process.join()
    writer.join()
