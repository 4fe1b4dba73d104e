# A watcher goes through a dictionary while others change it: RuntimeError, now and then.
# expect: convoy | serialised here by Thread-1
import threading
import time

started = {}
stop = False
errors = 0


def work(number):
    for step in range(500):
        started[(number, step)] = time.time()
        if step > 50:
            del started[(number, step - 50)]
        time.sleep(0.0001)


def watch():
    global errors
    while not stop:
        try:
            for key, since in started.items():  # here
                if time.time() - since > 10:  # here
                    print('late', key)
        except RuntimeError:
            errors += 1


watcher = threading.Thread(target=watch)
watcher.start()
workers = [threading.Thread(target=work, args=(n,)) for n in range(3)]
for thread in workers:
    thread.start()
for thread in workers:
    thread.join()
stop = True
watcher.join()
print(errors, 'times: dictionary changed size during iteration')
