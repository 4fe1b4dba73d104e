# A function is made inside of another and handed to a process pool; it cannot be pickled. Some Pythons hang now and then instead of
# telling so (3.9: one run in six).
# expect: failed | hang
import time
from concurrent.futures import ProcessPoolExecutor


def search(points, jobs):
    def model(offset):
        return sum(point + offset for point in points)

    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(model, range(10)))


if __name__ == '__main__':
    time.sleep(0.3)
    print(search([1, 2, 3], 2))
