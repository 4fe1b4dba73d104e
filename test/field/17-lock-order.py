# Two threads take two locks in opposite order and hang; which lock does whom block?
# expect: deadlock | hang here
# never: serialised, io-bound
import threading
import time

accounts = threading.Lock()
journal = threading.Lock()


def transfer():
    with accounts:
        time.sleep(0.1)
        if journal.acquire(timeout=1.5):  # here
            journal.release()


def audit():
    with journal:
        time.sleep(0.1)
        if accounts.acquire(timeout=1.5):  # here
            accounts.release()


threads = [threading.Thread(target=transfer), threading.Thread(target=audit)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
