# Work for the benchmark: what the threads of one kind get done in some seconds, the time with a core of each, and their kernel's ids.
#   work.py KIND SECONDS OUTPUT      KIND: cpu (4 threads compute), mixed (2 compute, 4 do short I/O), single
import json
import os
import sys
import threading
import time

kind, seconds, output = sys.argv[1], float(sys.argv[2]), sys.argv[3]
counts = {}
cores = {}
ids = {}


def compute(name):
    ids[name] = threading.get_native_id()
    done = 0
    while time.perf_counter() < end:
        x = 0
        for i in range(500):
            x += i
        done += 1
    counts[name] = done
    cores[name] = time.thread_time_ns()


def short_io(name):
    ids[name] = threading.get_native_id()
    reader, writer = os.pipe()
    while time.perf_counter() < end:
        os.write(writer, b"x" * 100)
        os.read(reader, 100)
        sum(range(2000))
        time.sleep(0.002)
    cores[name] = time.thread_time_ns()


computing = {"cpu": 4, "mixed": 2, "single": 1}[kind]
threads = [threading.Thread(target=compute, args=("cpu %d" % i,), name="cpu %d" % i) for i in range(computing)]
if kind == "mixed":
    threads += [threading.Thread(target=short_io, args=("io %d" % i,), name="io %d" % i) for i in range(4)]
end = time.perf_counter() + seconds
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with open(output, "w") as file:
    json.dump({"done": sum(counts.values()), "coreNs": cores, "ids": ids}, file)
