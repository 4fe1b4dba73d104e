# pair: processes fork
# kept aside
import hashlib
import sys
import time
from work import all_of, compute

DATA = bytes(300_000)


def serve():
    for _ in range(40):
        time.sleep(0.003)
        compute(30_000)
        hashlib.sha256(DATA).digest()


if __name__ == '__main__':
    all_of(serve, [()] * 5, 'fork' if sys.argv[1] == 'after' else 'threads')
