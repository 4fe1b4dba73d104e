# Threads add to and subtract from one number; up to 3.9 the sum is wrong, from 3.10 it seems right.
# expect: serialised here
# never: long-hold
import threading


class Number:
    value = 0


number = Number()


def amount(x):
    return x  # here


def add():
    for _ in range(800_000):  # here
        number.value += amount(1)  # here


def remove():
    for _ in range(800_000):  # here
        number.value -= amount(1)  # here


threads = [threading.Thread(target=add), threading.Thread(target=remove)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print('the sum is', number.value)
