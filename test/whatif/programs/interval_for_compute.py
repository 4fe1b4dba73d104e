# pair: interval 1ms
import sys
from work import all_of, compute

if sys.argv[1] == 'after':
    sys.setswitchinterval(0.001)


def run():
    for _ in range(10):
        compute(90_000)


if __name__ == '__main__':
    all_of(run, [()] * 3, 'threads')
