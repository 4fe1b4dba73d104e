# A service hangs: attach to it (record --pid) and ask who waits for what. Ends only by a signal.
# expect: hang | deadlock here
# never: too-small-for-processes
# attach: 8 s
import threading, time
a = threading.Lock()
b = threading.Lock()

def one():
    with a:
        time.sleep(0.1)
        with b:  # here
            pass

def two():
    with b:
        time.sleep(0.1)
        with a:  # here
            pass

threads = [threading.Thread(target=one), threading.Thread(target=two)]
for t in threads: t.start()
for t in threads: t.join()
