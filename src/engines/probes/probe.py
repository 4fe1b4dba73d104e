# Measures whether calls let go of the GIL on the Python that runs this file. Reads probe.json beside it
# ({"cases": [{"setup": ..., "call": ...}]}) and prints one JSON object: {"python": {...}, "cases": [{...}]}.
#
# How: a thread wants the GIL every 50 microseconds and counts how often it got it. The switch interval is set so long
# that nobody is ever asked to let go: while the call runs, the counter moves only if the call itself lets go.
# The standard library only, CPython 3.8 to 3.15. It parses under Python 2 too, so that it can say what it is run by.
import json
import os
import platform
import sys
import threading
import time

LONG = 10.0
WISH = 0.00005
ENOUGH = 0.12
COUNT = [0]


def tick():
    while True:
        COUNT[0] += 1
        time.sleep(WISH)


def ticks_per_second():
    """How often the other thread gets the GIL while nobody else wants it."""
    before = COUNT[0]
    start = time.perf_counter()
    time.sleep(0.1)
    return (COUNT[0] - before) / (time.perf_counter() - start)


def measured(case):
    names = {}
    try:
        exec(case["setup"], names)
        body = "".join("    %s\n" % line for line in case["call"].split("\n"))
        exec("def call():\n" + body, names)
        call = names["call"]
        call()
    except ImportError as error:
        return {"missing": str(error)}
    except Exception as error:
        return {"missing": "%s: %s" % (type(error).__name__, error)}
    free = ticks_per_second()
    seconds = 0.0
    ticks = calls = 0
    while seconds < ENOUGH and calls < 1000:
        before = COUNT[0]
        start = time.perf_counter()
        call()
        seconds += time.perf_counter() - start
        ticks += COUNT[0] - before
        calls += 1
    share = min(1.0, ticks / (free * seconds)) if free > 0 else 0.0
    return {"callNs": round(seconds / calls * 1e9), "share": round(share, 3), "ticks": ticks}


def main():
    implementation = platform.python_implementation()
    version = "%d.%d.%d" % sys.version_info[:3]
    told = {"python": {"implementation": implementation, "version": version}, "cases": []}
    if implementation == "CPython" and sys.version_info >= (3, 8):
        told["python"]["gil"] = bool(getattr(sys, "_is_gil_enabled", lambda: True)())
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "probe.json")) as file:
            cases = json.load(file)["cases"]
        sys.setswitchinterval(LONG)
        other = threading.Thread(target=tick)
        other.daemon = True
        other.start()
        told["cases"] = [measured(case) for case in cases]
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    os._exit(0)  # the other thread never ends


main()
