# 200 threads that wait for work, and 500 new ones a second that each do a little and end.
#   manyThreads.py SECONDS      prints how many it started
import sys
import threading
import time

RATE = 500


def little():
    x = 0
    for i in range(1000):
        x += i


gate = threading.Event()
crowd = [threading.Thread(target=gate.wait, name="one of many") for _ in range(200)]
for thread in crowd:
    thread.start()
begin = time.monotonic()
count = 0
while time.monotonic() - begin < float(sys.argv[1]):
    due = int((time.monotonic() - begin) * RATE)
    while count < due:
        thread = threading.Thread(target=little)
        thread.start()
        count += 1
    time.sleep(0.002)
gate.set()
for thread in threading.enumerate():
    if thread is not threading.current_thread():
        thread.join()
print(count)
