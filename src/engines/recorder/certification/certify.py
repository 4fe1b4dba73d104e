# Threads about which everything is known. Says what that is as one line of JSON and stands still; after a byte on
# standard input it stands still within a garbage collection; after another two threads compute, until standard input
# ends.
import gc
import json
import os
import sys
import threading

INTERVAL_US = 4321  # nobody else has it: so the GIL can be found without knowing where it lies
sys.setswitchinterval(INTERVAL_US / 1e6)


def compute():
    x = 0
    while True:
        x += 1


def stand_still():
    gate.acquire()
    compute()


def stand_in_collection(phase, _):
    if phase == "start":
        os.read(0, 1)


def wait_for_word():
    os.read(0, 1)
    gc.collect()
    gate.release()
    threading.Thread(target=compute, name="busy", daemon=True).start()
    os.read(0, 1)
    os._exit(0)


def facts_of(thread, function):
    return {
        "ident": thread.ident,
        "nativeId": thread.native_id,
        "name": thread.name,
        "function": function.__name__,
        "line": function.__code__.co_firstlineno + 1,
    }


gc.disable()
gc.callbacks.append(stand_in_collection)
gate = threading.Lock()
gate.acquire()
worker = threading.Thread(target=stand_still, name="certified \u2603", daemon=True)
worker.start()
first = compute.__code__.co_firstlineno
facts = {
    "intervalUs": INTERVAL_US,
    "threads": [facts_of(threading.main_thread(), wait_for_word), facts_of(worker, stand_still)],
    "collecting": stand_in_collection.__name__,
    "computing": {"function": "compute", "firstLine": first + 1, "lastLine": first + 3},
}
print(json.dumps(facts), flush=True)
wait_for_word()
