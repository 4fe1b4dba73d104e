# Who of four different threads holds the GIL? (Profilers that sample by signals or tracing cannot tell.)
# expect: long-hold | serialised | convoy here
import re
import threading
import time
import zlib

END = time.perf_counter() + 2
text = ('word ' * 3 + 'number 12345 ') * 4000
raw = bytes(range(256)) * 8000


def digits():
    n = 1
    while time.perf_counter() < END:  # here
        n = n * 3 % 1_000_003  # here


def search():
    pattern = re.compile(r'(\w+) (\d+)')
    while time.perf_counter() < END:  # here
        pattern.findall(text)  # here


def compress():
    while time.perf_counter() < END:
        zlib.compress(raw)


def poll():
    while time.perf_counter() < END:
        time.sleep(0.02)


for target in (digits, search, compress, poll):
    threading.Thread(target=target, name=target.__name__).start()
