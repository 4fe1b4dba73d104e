// Where a file starts threads, processes and interpreters, through whatever names.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Analyser } from '../../../src/analysis/analyser';

/** Each construct as `line name family (function) workers`. */
function constructsOf(source: string): string[] {
  const analyser = new Analyser('a.py');
  analyser.update(source);
  return analyser.constructs().map(found => {
    const line = source.slice(0, found.from).split('\n').length;
    const work = found.workFunction ? ` ${found.workFunction.name}()` : found.work ? ' ?' : '';
    const count = found.workerCount === undefined ? '' : ` x${found.workerCount}`;
    return `${line} ${found.family} ${found.name}${work}${count}`;
  });
}

const WORK = 'def f(x): pass\n';

describe('a construct', () => {
  it('is recognised under its own name', () => {
    const source = `${WORK}import threading, multiprocessing, asyncio, concurrent.futures
threading.Thread(target=f)
threading.Thread(None, f)
threading.Timer(3.0, f)
multiprocessing.Process(target=f)
multiprocessing.Pool(3).map(f, [])
asyncio.to_thread(f, 1)
concurrent.futures.InterpreterPoolExecutor(max_workers=2).submit(f, 1)
`;
    assert.deepEqual(constructsOf(source), [
      '3 threads threading.Thread f()',
      '4 threads threading.Thread f()',
      '5 threads threading.Timer f()',
      '6 processes multiprocessing.Process f()',
      '7 processes multiprocessing.Pool.map f() x3',
      '7 processes multiprocessing.Pool x3',
      '8 threads asyncio.to_thread f()',
      '9 interpreters concurrent.futures.InterpreterPoolExecutor.submit f() x2',
      '9 interpreters concurrent.futures.InterpreterPoolExecutor x2',
    ]);
  });

  it('is recognised through aliases, variables, attributes and constants', () => {
    const source = `${WORK}from concurrent import futures as cf
from threading import Thread as T
from multiprocessing.pool import ThreadPool
import functools
N = 6
g = f
class Service:
    pool = None
    def __init__(self):
        self.workers = cf.ThreadPoolExecutor(N)
    def ask(self, loop):
        self.workers.submit(g)
        self.workers.submit(functools.partial(f, 1))
        loop.run_in_executor(None, f)
        loop.run_in_executor(self.workers, f)
        T(target=self.run)
    def run(self): pass
with ThreadPool(processes=2) as tp:
    tp.imap_unordered(f, [])
`;
    assert.deepEqual(constructsOf(source), [
      '11 threads concurrent.futures.ThreadPoolExecutor x6',
      '13 threads concurrent.futures.ThreadPoolExecutor.submit f() x6',
      '14 threads concurrent.futures.ThreadPoolExecutor.submit f() x6',
      '15 threads asyncio.run_in_executor f()',
      '16 threads asyncio.run_in_executor f() x6',
      '17 threads threading.Thread run()',
      '19 threads multiprocessing.pool.ThreadPool x2',
      '20 threads multiprocessing.pool.ThreadPool.imap_unordered f() x2',
    ]);
  });

  it('of joblib says whether it means threads', () => {
    const source = `${WORK}from joblib import Parallel as P, delayed as d
P(n_jobs=2)(d(f)(i) for i in range(3))
P(n_jobs=2, prefer="threads")(d(f)(i) for i in range(3))
`;
    assert.deepEqual(constructsOf(source), [
      '3 processes joblib.Parallel f() x2',
      '4 threads joblib.Parallel f() x2',
    ]);
  });

  it('is not guessed where the name may mean something else', () => {
    for (const source of [
      'from mine import Thread\nThread(target=f)\n',
      'def make(Thread):\n  Thread(target=1)\n',
      'pool.submit(f)\n',
      'constructor()\ntoString()\n__proto__()\nx.constructor()\n',
      'try:\n  from multiprocessing import Pool\nexcept E:\n  from mine import Pool\nPool()\n',
      'import threading\nthreading = 3\nthreading.Thread(target=f)\n',
    ]) {
      assert.deepEqual(constructsOf(source), [], source);
    }
  });
});
