# pair: processes fork
import sys
import time
from work import all_of


def ask():
    for _ in range(30):
        time.sleep(0.015)


if __name__ == '__main__':
    all_of(ask, [()] * 4, 'fork' if sys.argv[1] == 'after' else 'threads')
