# Eight threads log; the handler writes to something slow and holds its lock while it formats and writes.
# expect: lock-contention here
# never: serialised
import logging
import threading
import time


class SlowStream:
    def write(self, text):
        time.sleep(0.004)  # here

    def flush(self):
        pass


log = logging.getLogger('service')
log.addHandler(logging.StreamHandler(SlowStream()))
log.setLevel(logging.INFO)


def work(number):
    for step in range(25):
        time.sleep(0.002)
        log.info('worker %d, step %d', number, step)  # here


threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
began = time.perf_counter()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f'{time.perf_counter() - began:.2f} s instead of {25 * 0.006:.2f} s')
