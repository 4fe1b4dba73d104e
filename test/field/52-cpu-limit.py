# A worker with a fifth of a core (a container limit) computes in two threads: how busy is it, and is it the GIL?
# expect: cpu-limit
# never: more-threads-than-cores
# cpus: 0.2
import threading, time
END = time.time() + 4
def count():
    n = 0
    while time.time() < END:
        for _ in range(1000):
            n += 1
threads = [threading.Thread(target=count) for _ in range(2)]
for t in threads: t.start()
for t in threads: t.join()
