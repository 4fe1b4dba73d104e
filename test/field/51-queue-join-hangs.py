# jobs.join() does not return: one worker left a job without task_done(). (A timer ends the example.)
# expect: hang here
# never: serialised, lock-contention
import os
import queue
import threading
import time

jobs = queue.Queue()


def worker():
    while True:
        job = jobs.get()
        time.sleep(0.01)
        if job == 7:
            continue  # "nothing to do"
        jobs.task_done()


for _ in range(4):
    threading.Thread(target=worker, daemon=True).start()
for job in range(20):
    jobs.put(job)
threading.Timer(3, lambda: os._exit(0)).start()
jobs.join()  # here
print('done')
