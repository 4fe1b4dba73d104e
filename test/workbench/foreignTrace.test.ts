// Traces of other tools, opened in a real VS Code: what they tell is shown, and what they cannot tell is said.

import fs from 'node:fs';
import path from 'node:path';
import { openWorkbench } from '../support/host';
import type { Workbench } from '../support/workbench';

const FILES = 'test/formats/foreign';

describe('a trace of another tool', () => {
  let workbench: Workbench | undefined;

  before(async () => {
    workbench = await openWorkbench({ files: { 'notes.py': 'x = 1\n' } });
    for (const name of ['sampler-mixed.bin', 'viztracer-computing.json'])
      fs.copyFileSync(path.join(FILES, name), path.join(workbench.workspace, name));
  });

  after(() => workbench?.dispose());

  afterEach(async function () {
    await workbench?.witness(this.currentTest);
  });

  it('opens from the dialog: a sampler’s binary file with its threads and who had the GIL', async () => {
    if (!workbench) throw new Error('no workbench');
    await workbench.run('GIL Scope: Open Trace…');
    await workbench.pick('sampler-mixed.bin');
    const panel = await workbench.webview();
    await panel.locator('.lane-label').first().waitFor();
    await panel.locator('.verdict').first().waitFor();
    await workbench.screenshot('foreign sampler');
  });

  it('makes no claim about the GIL where the file cannot tell', async () => {
    if (!workbench) throw new Error('no workbench');
    await workbench.run('GIL Scope: Open Trace…');
    await workbench.pick('viztracer-computing.json');
    const panel = await workbench.webview();
    await panel.locator('.verdict', { hasText: 'does not tell' }).waitFor();
    await workbench.screenshot('foreign viztracer');
  });
});
