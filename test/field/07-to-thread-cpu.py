# A server moved its heavy parsing out of the event loop with asyncio.to_thread; health checks are still late.
# expect: event-loop-stalled | convoy here by asyncio_
# never: long-hold
import asyncio
import time


def parse(lines):
    count = 0
    for line in range(lines):  # here
        if line % 7 == 3:  # here
            count += line  # here
    return count


async def health(late):
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.01)
        late.append(time.perf_counter() - began - 0.01)


async def main():
    late = []
    task = asyncio.create_task(health(late))
    await asyncio.gather(*(asyncio.to_thread(parse, 6_000_000) for _ in range(4)))
    task.cancel()
    print(f'health check late by {1e3 * sum(late) / len(late):.0f} ms, at most {1e3 * max(late):.0f} ms')


asyncio.run(main())
