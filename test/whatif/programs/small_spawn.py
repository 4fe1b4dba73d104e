# pair: processes spawn
import sys
from work import all_of, compute


def run():
    compute(120_000)


if __name__ == '__main__':
    all_of(run, [()] * 3, 'spawn' if sys.argv[1] == 'after' else 'threads')
