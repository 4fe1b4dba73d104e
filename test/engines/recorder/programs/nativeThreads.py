# Python waits while a thread that it did not make computes for 1 s; two threads have the same name. Waits for the file
# given as the first argument; the second is the library. Writes down its time with a core.
import ctypes
import os
import sys
import threading
import time

library = ctypes.CDLL(sys.argv[2])
while not os.path.exists(sys.argv[1]):
    time.sleep(0.005)
threads = [threading.Thread(target=time.sleep, args=(1.1,), name="same") for _ in range(2)]
for thread in threads:
    thread.start()
library.begin(ctypes.c_long(1000))
library.finish()
for thread in threads:
    thread.join()
