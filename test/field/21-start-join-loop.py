# Each thread is started and joined before the next is made: nothing runs side by side.
# expect: not-parallel here
# never: serialised, io-bound
import threading
import time


def download(number):
    time.sleep(0.25)


began = time.perf_counter()
for number in range(8):
    thread = threading.Thread(target=download, args=(number,))
    thread.start()
    thread.join()  # here
print(f'{time.perf_counter() - began:.2f} s instead of 0.25 s')
