# A server fills its cache while it serves; now and then everything stands still for 100 ms: garbage collections.
# expect: garbage-collection here from 3.13
# expect: long-hold here to 3.12
# never: serialised
import threading
import time

cache = []
gaps = []
stop = False


def ticker():
    last = time.perf_counter()
    while not stop:
        time.sleep(0.005)
        now = time.perf_counter()
        gaps.append(now - last)
        last = now


def remember(number):  # here
    cache.append({'id': number, 'next': [number]})  # here


thread = threading.Thread(target=ticker, name='ticker')
thread.start()
for number in range(1_600_000):  # here
    remember(number)  # here
    if number % 20_000 == 0:  # here
        time.sleep(0.005)  # here
stop = True
thread.join()
print(f'longest pause of the ticker {max(gaps) * 1e3:.0f} ms')
