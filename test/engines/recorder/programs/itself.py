# Says all that a program can see of how it was started, and ends in the way that the first argument names.
import __main__
import os
import pickle
import signal
import sys
import threading
import time


class Thing:
    pass


def main():
    names = sorted(name for name in vars(__main__) if not name.startswith("__"))
    print(sys.argv, __name__, os.path.basename(__file__), __spec__, __package__, __doc__)
    print(os.path.basename(sys.path[0]), names, threading.active_count(), sys.gettrace())
    print(type(pickle.loads(pickle.dumps(Thing()))) is Thing, sys.flags.dev_mode, len(sys.stdin.read()))
    sys.stdout.flush()
    if sys.argv[1] == "exit":
        sys.exit(7)
    if sys.argv[1] == "error":
        raise ValueError("an error")
    if sys.argv[1] == "interrupt":
        signal.raise_signal(signal.SIGINT)
    if sys.argv[1] == "kill":
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
