# Two sub-interpreters with a GIL of their own (3.13 and later), each computing in a thread.
import _interpreters
import os
import sys
import threading
import time

CODE = """
import time
x = 0
end = time.time() + 0.7
while time.time() < end:
    x += 1
"""

while not os.path.exists(sys.argv[1]):
    time.sleep(0.005)
made = [_interpreters.create("isolated") for _ in range(2)]
threads = [
    threading.Thread(target=_interpreters.exec, args=(interpreter, CODE), name="sub %d" % index)
    for index, interpreter in enumerate(made)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for interpreter in made:
    _interpreters.destroy(interpreter)
