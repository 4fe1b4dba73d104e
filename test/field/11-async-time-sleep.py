# Two coroutines that wait two times half a second take as long as both waits together.
# expect: event-loop-stalled here
# never: serialised, io-bound
import asyncio
import time


async def fetch(name):
    time.sleep(0.7)  # here
    return name


async def main():
    began = time.perf_counter()
    print(await asyncio.gather(fetch('a'), fetch('b'), fetch('c')))
    print(f'{time.perf_counter() - began:.1f} s')


asyncio.run(main())
