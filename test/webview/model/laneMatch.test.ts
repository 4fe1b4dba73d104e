// Which lanes of two runs are the same thread.

import assert from 'node:assert/strict';
import { matchLanes } from '../../../webview/model/laneMatch';

/** `B←A` where lane B of the second run is lane A of the first, and who is in one of them only. */
function matched(before: string, now: string): Record<string, string> {
  const [a, b] = [before, now].map(text => text.split(', ').map(name => ({ name })));
  const { laneBefore, only, missing } = matchLanes(a, b);
  const pairs = b.flatMap(({ name }, lane) =>
    laneBefore[lane] < 0 ? [] : [`${name}←${a[laneBefore[lane]].name}`],
  );
  return { pairs: pairs.join(', '), only: only.join(', '), missing: missing.join(', ') };
}

describe('the lanes of two runs', () => {
  it('are the same by name, in whatever order they come', () => {
    assert.deepEqual(matched('MainThread, load, parse', 'MainThread, parse, load'), {
      pairs: 'MainThread←MainThread, parse←parse, load←load',
      only: '',
      missing: '',
    });
  });

  it('that come or go are in one of the two only', () => {
    assert.deepEqual(matched('MainThread, load, parse', 'MainThread, save, parse'), {
      pairs: 'MainThread←MainThread, parse←parse',
      only: 'save',
      missing: 'load',
    });
    assert.deepEqual(matched('MainThread, a, b', 'MainThread, b'), {
      pairs: 'MainThread←MainThread, b←b',
      only: '',
      missing: 'a',
    });
  });

  it('are the same by role where a runtime names them its own way', () => {
    const threads = 'MainThread, Thread-1, Thread-2';
    const pairs = 'MainProcess←MainThread, Process-2←Thread-2, Process-1←Thread-1';
    assert.equal(matched(threads, 'MainProcess, Process-2, Process-1').pairs, pairs);
    const recorded = 'MainThread, Thread-1 (crunch), Thread-2 (crunch)';
    assert.equal(
      matched(threads, recorded).pairs,
      'MainThread←MainThread, Thread-1 (crunch)←Thread-1, Thread-2 (crunch)←Thread-2',
    );
  });

  it('are the same by order where each has a new name', () => {
    assert.deepEqual(matched('MainThread, worker-a, worker-b', 'MainThread, w0, w1'), {
      pairs: 'MainThread←MainThread, w0←worker-a, w1←worker-b',
      only: '',
      missing: '',
    });
    // Two for three: which one went nobody knows.
    assert.equal(matched('MainThread, a, b, c', 'MainThread, x, y').only, 'x, y');
  });

  it('of the same name are the same one by one', () => {
    assert.deepEqual(matched('MainThread, pool, pool', 'MainThread, pool, pool, pool'), {
      pairs: 'MainThread←MainThread, pool←pool, pool←pool',
      only: 'pool',
      missing: '',
    });
  });
});
