# pair: processes fork
# kept aside
import sys
from work import all_of, compute


def run(turns):
    for _ in range(20):
        compute(turns)


if __name__ == '__main__':
    all_of(run, [(110_000,), (40_000,), (40_000,), (20_000,)], 'fork' if sys.argv[1] == 'after' else 'threads')
