"""What is a reference count, and what does C++ do instead?

    python3 references.py [ROUNDS]

Binds names to one object and prints how many references it has after each
line. Then four threads do the same at once. Works on CPython 3.9 and later.

In C++ a variable is a place that contains its value. In Python a name refers
to an object elsewhere, and the object counts its references. At zero it is
freed, at once. Counting is three steps: load, add, store. If two threads did
them at the same time, one could be lost and the object be freed too early.
That is what the GIL is for: whoever changes a count holds it.
"""
import sys
import threading

# gil: machine cores=4 interval=5ms seed=1
# gil-memory: hover a line of one_by_one() to see names, objects and counts

WORKERS = 4


class Point:
    """Says when it is freed, as a destructor in C++ would."""

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __del__(self):
        print(f"  Point({self.x}, {self.y}) is freed")


CALL_REFERENCES = 0


def count(thing):
    """References to thing, without those of this call itself."""
    return sys.getrefcount(thing) - CALL_REFERENCES


def references_of_a_call():
    """How many this is, depends on the version: an object with one name tells."""
    probe = object()
    return count(probe) - 1


def one_by_one():
    #                                    in C++:
    a = Point(1, 2)                    # auto a = std::make_shared<Point>(1, 2);
    print("a = Point(1, 2)  count", count(a))
    b = a                              # auto b = a;          two owners, no copy
    print("b = a            count", count(a))
    shelf = [a, b]                     # std::vector<std::shared_ptr<Point>>
    print("shelf = [a, b]   count", count(a))
    del b                              # b.reset();
    print("del b            count", count(a))
    shelf.clear()                      # shelf.clear();
    print("shelf.clear()    count", count(a))
    a = None                           # a.reset();           the last owner goes
    print("a = None         after the object is gone")


def bind_often(thing, rounds=10):  # gil: threads 4
    for _ in range(rounds):            # gil: repeat 10
        # Each round adds a reference and takes it away, without an atomic
        # instruction (shared_ptr needs one): the GIL is protection enough.
        for _ in range(200_000):       # gil: compute 8ms
            other = thing
            del other


def main():
    global CALL_REFERENCES
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    CALL_REFERENCES = references_of_a_call()
    one_by_one()

    shared = object()
    before = count(shared)
    threads = [
        threading.Thread(target=bind_often, args=(shared, rounds)) for _ in range(WORKERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The threads and their arguments are gone when the list is.
    del thread, threads
    changes = 2 * WORKERS * rounds * 200_000
    print(f"{changes:,} changes of one count by {WORKERS} threads")
    print(f"count before {before}, after {count(shared)}: none was lost")


if __name__ == "__main__":
    main()
