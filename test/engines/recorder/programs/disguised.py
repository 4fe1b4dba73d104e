# Changes what this Python says of its own build (a word of _Py_DebugOffsets), to be told from outside as another
# build: 2 is the free-threaded flag, 1 the version. Then says its process id and does nothing for a minute.
#   disguised.py WORD VALUE
import ctypes
import os
import sys
import time

runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
ctypes.c_uint64.from_address(runtime + 8 * int(sys.argv[1])).value = int(sys.argv[2], 0)
print(os.getpid(), flush=True)
time.sleep(60)
