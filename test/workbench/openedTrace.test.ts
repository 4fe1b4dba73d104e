// A trace from anybody, opened in the editor: what it says of files is a claim, and outside of the workspace one is asked.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { LaneState } from '../../src/core/model/lanes';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { writeTraceJson } from '../../src/formats/traceJson';
import { openWorkbench } from '../support/host';
import { makeTemporaryFolder } from '../support/temporaryFolder';
import { EXACT_HEADER } from '../support/traces';
import type { Workbench } from '../support/workbench';

const MS = 1e6;
const SECRET = 'first = 1\nsecond = 2\nthird = 3\n';

/** A waits for B, which is at line 2 of a file. */
function traceThrough(file: string): string {
  const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'recorded', runtime: 'recorded' });
  trace.addLock({ name: 'GIL', kind: 'gil' });
  for (const name of ['A', 'B'])
    trace.addLane({ name, process: 0, interpreter: 0, gil: 0, main: name === 'A' });
  const at = trace.addPosition({ file, line: 2, functionName: 'work' });
  trace.setState(0, 0, LaneState.waitingForGil, at);
  trace.setState(1, 0, LaneState.runningWithGil, at);
  trace.setState(0, 90 * MS, LaneState.runningWithGil, at);
  trace.setState(1, 90 * MS, LaneState.blocked, at);
  trace.finish(100 * MS);
  return writeTraceJson(trace);
}

describe('a trace that was opened from a file', () => {
  const temporary = makeTemporaryFolder();
  const outside = path.join(temporary.folder, 'outside.py');
  let workbench: Workbench | undefined;

  before(async () => {
    fs.writeFileSync(outside, SECRET);
    workbench = await openWorkbench({ files: { 'claims.json': traceThrough(outside) } });
  });

  after(async () => {
    await workbench?.dispose();
    temporary.dispose();
  });

  afterEach(async function () {
    await workbench?.witness(this.currentTest);
  });

  it('leads to a file outside of the workspace only when the person says so', async () => {
    assert.ok(workbench);
    const { page } = workbench;
    await workbench.run('GIL Scope: Open Trace…');
    await workbench.pick('claims.json');
    const panel = await workbench.webview();
    await workbench.run('GIL Scope: Show or Leave Table View');
    await panel.click('button[data-kind="lines"]');
    const row = panel.locator('.table-view tbody tr', { hasText: 'outside.py:2' }).first();
    const question = page.locator('.monaco-dialog-box', { hasText: 'outside of the workspace' });
    const tab = page.locator('.tab[data-resource-name="outside.py"]');

    await row.dblclick();
    await question.waitFor();
    assert.match(await question.innerText(), new RegExp(`leads to ${outside}`));
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    assert.equal(await tab.count(), 0);

    await row.dblclick();
    await question.getByRole('button', { name: 'Open' }).click();
    await tab.waitFor();
    await workbench.statusItem('Ln 2,').waitFor();
  });
});
