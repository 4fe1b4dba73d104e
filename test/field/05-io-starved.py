# An echo thread answers a request at once; beside it a thread computes. How long does a round take?
# expect: convoy here by Thread-2
# never: long-hold, work-too-small
import socket
import threading
import time

stop = False


def spin():
    n = 0
    while not stop:  # here
        n += 1  # here


def echo(sock):
    while data := sock.recv(64):
        sock.send(data)


here, there = socket.socketpair()
threading.Thread(target=echo, args=(there,), daemon=True).start()
threading.Thread(target=spin, daemon=True).start()
trips = []
for _ in range(150):
    began = time.perf_counter()
    time.sleep(0.002)
    here.send(b'ping')
    here.recv(64)
    trips.append(time.perf_counter() - began)
stop = True
print(f'pause of 2 ms and round trip: median {sorted(trips)[75] * 1e3:.1f} ms')
