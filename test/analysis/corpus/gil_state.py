# ---- the default says free
import sys
FREE = not getattr(sys, "_is_gil_enabled", lambda: False)()  #! gil-state
# ---- in a function
import sys

def gil_enabled():
    return getattr(sys, "_is_gil_enabled", lambda: False)()  #! gil-state
# ---- alias of sys
import sys as s
print(getattr(s, '_is_gil_enabled', lambda: False)())  #! gil-state
# ---- right default
import sys
GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
# ---- asked with care
import sys
free = hasattr(sys, "_is_gil_enabled") and not sys._is_gil_enabled()
# ---- another default False
import sys
frozen = getattr(sys, "frozen", False)
# ---- the build decides the number of threads
import sysconfig, os
if sysconfig.get_config_var("Py_GIL_DISABLED"):  #! gil-state
    workers = os.cpu_count()
else:
    workers = 1
# ---- the build named as state
from sysconfig import get_config_var
NOGIL = bool(get_config_var("Py_GIL_DISABLED"))  #! gil-state
# ---- returned as the state
import sysconfig

def is_free():
    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))  #! gil-state
# ---- threads if free
import sysconfig
free_threaded = sysconfig.get_config_var("Py_GIL_DISABLED") == 1  #! gil-state
# ---- more threads if free
import sysconfig
from concurrent.futures import ThreadPoolExecutor

def run(jobs):
    if sysconfig.get_config_var("Py_GIL_DISABLED") == 1:  #! gil-state
        executor = ThreadPoolExecutor(8)
    else:
        executor = ThreadPoolExecutor(1)
    return executor
# ---- a name of a file
import sysconfig
suffix = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
# ---- arguments of a build
import sysconfig
args = []
if sysconfig.get_config_var("Py_GIL_DISABLED"):
    args.append("--disable-gil")
# ---- the variable under its own name
import sysconfig
Py_GIL_DISABLED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
# ---- the build named as build
import sysconfig
BUILT_WITHOUT_GIL = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
# ---- both are asked
import sys, sysconfig
built_free = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
running_free = built_free and not sys._is_gil_enabled()
# ---- another variable
import sysconfig
if sysconfig.get_config_var("Py_DEBUG"):
    print("debug")
# ---- printed for the report
import sysconfig
print("Py_GIL_DISABLED:", sysconfig.get_config_var("Py_GIL_DISABLED"))
# ---- in a setup for the compiler
import sysconfig
compile_macros = [("Py_GIL_DISABLED", sysconfig.get_config_var("Py_GIL_DISABLED"))]
