# pair: processes fork
import hashlib
import sys
from work import all_of, compute

DATA = bytes(2_000_000)


def run():
    for _ in range(30):
        hashlib.sha256(DATA).digest()
        compute(60_000)


if __name__ == '__main__':
    all_of(run, [()] * 4, 'fork' if sys.argv[1] == 'after' else 'threads')
