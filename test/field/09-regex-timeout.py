# A regular expression that may backtrack runs in a daemon thread with a time limit; the limit does not work.
# expect: long-hold here by Thread-1
# never: io-bound
import re
import threading
import time


def match(found):
    found.append(re.match(r'(a+)+$', 'a' * 25 + 'b'))  # here


found = []
thread = threading.Thread(target=match, args=(found,), daemon=True)
began = time.perf_counter()
thread.start()
thread.join(timeout=0.2)
print(f'gave up after {time.perf_counter() - began:.2f} s instead of 0.20 s')
