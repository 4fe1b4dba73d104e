// Files without annotations: what the demo assumes.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Analyser } from '../../src/analysis/analyser';
import { programText } from './programText';

/** One line per worker. */
function assumed(source: string): string[] {
  const analyser = new Analyser('a.py');
  analyser.update(source);
  return programText(analyser.assumedProgram()?.program).split('\n').slice(1);
}

describe('a file without annotations', () => {
  it('gets a program of the functions that it hands to threads, with stated defaults', () => {
    const source = `
import threading, time, zlib, json, requests
lock = threading.Lock()
def worker(urls):
    for url in urls:
        text = requests.get(url).text
        time.sleep(0.5)
        data = zlib.compress(text)
        with lock:
            rows = json.loads(data)
    return score(rows)
def score(rows):
    total = 0
    for row in rows:
        for cell in row:
            total += cell * 2
    return total
for _ in range(2):
    threading.Thread(target=worker, args=([],)).start()
`;
    assert.deepEqual(
      assumed(source),
      [1, 2].map(
        n =>
          `Thread-${n}  repeat 10 (io 20 ms @6 · sleep 500 ms @7 · releases 10 ms @8 · ` +
          'lock lock @9 · holds 2 ms @10 · unlock lock @9) @5 · compute 20 ms @14',
      ),
    );
  });

  it('counts threads that loops and comprehensions start, and assumes 4 where their number is unknown', () => {
    const start = 'import threading\nNAMES = ["a", "b", "c"]\ndef f(): x()\n';
    const counts: readonly (readonly [string, number])[] = [
      ['[threading.Thread(target=f) for _ in range(3)]', 3],
      ['[threading.Thread(target=f, args=(n,)) for n in NAMES]', 3],
      ['for a in range(2):\n  for b in range(3):\n    threading.Thread(target=f).start()', 6],
      ['for a in unknown:\n  threading.Thread(target=f).start()', 4],
      ['while unknown:\n  threading.Thread(target=f).start()', 4],
      ['threading.Thread(target=f).start()', 1],
      ['[threading.Thread(target=f) for _ in range(1000)]', 16],
    ];
    for (const [end, count] of counts) assert.equal(assumed(start + end).length, count, end);
  });

  it('runs as many threads as the pool has, or one for one Thread', () => {
    const source = `
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
def squares(n):
    return sum(i * i for i in range(n))
def mystery():
    unknown()
with ThreadPoolExecutor(max_workers=2) as pool:
    pool.map(squares, [1, 2])
Thread(target=mystery).start()
`;
    assert.deepEqual(assumed(source), [
      'Thread-1  compute 20 ms @5',
      'Thread-2  compute 20 ms @5',
      'Thread-3  compute 20 ms @6',
    ]);
  });

  it('is told what was assumed', () => {
    const analyser = new Analyser('a.py');
    analyser.update('import threading\ndef f(): x()\nthreading.Thread(target=f).start()\n');
    const result = analyser.assumedProgram();
    assert.match(
      result?.assumptions.join(' ') ?? '',
      /assumed.*20 ms.*10 rounds.*# gil: threads 4/,
    );
    assert.deepEqual(result?.threadFunctions, [{ qualifiedName: 'f', line: 2, threadCount: 1 }]);
  });

  it('gets none if it hands over nothing of its own', () => {
    for (const source of [
      '',
      'def f(): pass\n',
      'import threading, other\nthreading.Thread(target=other.f).start()\n',
      'import threading\nthreading.Thread(target=lambda: 1).start()\n',
    ]) {
      assert.deepEqual(assumed(source), [], source);
    }
  });
});
