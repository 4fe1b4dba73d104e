# pair: processes fork
import sys
import time
from work import all_of, compute


def run():
    for _ in range(20):
        compute(90_000)
        time.sleep(0.01)


if __name__ == '__main__':
    all_of(run, [()] * 4, 'fork' if sys.argv[1] == 'after' else 'threads')
