# A coroutine computes for a long time; the other endpoint, which does nothing, is blocked by it.
# expect: event-loop-stalled here
# never: serialised
import asyncio
import time


async def get_item():
    await asyncio.sleep(0)
    return time.perf_counter()


async def get_list():
    total = 0
    for i in range(15_000_000):  # here
        total += i  # here
    return total


async def main():
    began = time.perf_counter()
    _, at = await asyncio.gather(get_list(), get_item())
    print(f'the empty endpoint answered after {at - began:.2f} s')


asyncio.run(main())
