# pair: processes fork
import sys
from work import all_of, compute


def run():
    compute(1_200_000)


if __name__ == '__main__':
    all_of(run, [()] * 4, 'fork' if sys.argv[1] == 'after' else 'threads')
