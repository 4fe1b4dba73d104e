# pair: release
import hashlib
import sys
from work import all_of, compute

SIZE = 2_000_000
DATA = bytes(SIZE)
PIECE = bytes(2_000)


def before():
    for _ in range(40):
        compute(20_000)
        digest = hashlib.sha256()
        for _ in range(SIZE // 2_000):
            digest.update(PIECE)  # here


def after():
    for _ in range(40):
        compute(20_000)
        digest = hashlib.sha256()
        digest.update(DATA)


if __name__ == '__main__':
    all_of(after if sys.argv[1] == 'after' else before, [()] * 3, 'threads')
