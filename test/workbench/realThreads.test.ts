// A run on this machine's threads in the real editor: the panel says what it ran on and how exactly it was stamped.

import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { openWorkbench } from '../support/host';
import type { Workbench } from '../support/workbench';

/** Twelve threads of 12 ms: more than most machines have cores. Its name is a sample's, but it is none. */
const CROWD = `import threading

# gil: machine cores=4 interval=5ms seed=1


def crunch():  # gil: threads 12
    total = sum(range(1_000_000))  # gil: compute 12ms
    return total
`;

describe('a run on real threads in the editor', () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWorkbench({
      files: { 'race.py': CROWD },
      open: 'race.py',
      settings: { 'gilscope.compare': ['gil', 'free-threaded'] },
      size: { width: 1700, height: 1100 },
    });
  });

  after(() => workbench.dispose());

  it('names the cores of this machine, the clocks, and what becomes of more threads than cores', async () => {
    await workbench.codeLens('Run on real threads').click();
    assert.equal(await workbench.codeLens('Step through the race').count(), 0);
    const panel = await workbench.webview();
    const [withGil, without] = [0, 1].map(index => panel.locator('.run').nth(index));
    await without.locator('.notes', { hasText: 'All stamps are of one clock' }).waitFor();
    const cores = availableParallelism();
    const detail = await panel.locator('.detail').innerText();
    assert.match(detail, new RegExp(`12 threads · this machine’s ${cores} cores?`));
    if (cores < 12) {
      const crowd = /This machine has .* for 12 threads: where more want to compute/;
      assert.match(await without.locator('.notes').innerText(), crowd);
    }
    assert.doesNotMatch(await withGil.locator('.notes').innerText(), /This machine has/);
    assert.doesNotMatch(await panel.locator('.verdict').innerText(), /RuntimeError/);
    await workbench.screenshot('real threads');
  });
});
