# A pool of connections keeps its lock while it connects: eight threads connect one after the other.
# expect: lock-contention here
# never: serialised
import threading
import time


class ConnectionPool:
    def __init__(self):
        self._lock = threading.Lock()
        self._connections = {}

    def get_connection(self, host):
        with self._lock:  # here
            if host not in self._connections:
                time.sleep(0.15)  # the handshake; here
                self._connections[host] = object()
            return self._connections[host]


pool = ConnectionPool()
threads = [threading.Thread(target=pool.get_connection, args=(f'host{n}',)) for n in range(12)]
began = time.perf_counter()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f'{time.perf_counter() - began:.2f} s instead of 0.15 s')
