// What if…, as a person asks it of the demo's run, in a real VS Code.

import { openWorkbench } from '../support/host';
import type { Workbench } from '../support/workbench';

describe('What if…', () => {
  let workbench: Workbench | undefined;

  before(async () => {
    workbench = await openWorkbench({
      open: 'cpu_bound.py',
      size: { width: 1600, height: 1100 },
    });
  });

  after(() => workbench?.dispose());

  afterEach(async function () {
    await workbench?.witness(this.currentTest);
  });

  it('offers changes with their predicted ends, and shows the chosen one below the run', async () => {
    if (!workbench) throw new Error('no workbench');
    await workbench.run('Run GIL Demo');
    const panel = await workbench.webview();
    await panel.locator('.run-head').nth(1).waitFor();
    await panel.getByText('faster').first().waitFor();
    await workbench.run('GIL Scope: What If…');
    await workbench.offer('a free-threaded build').waitFor();
    await workbench.screenshot('what if, asked');
    await workbench.pick('a free-threaded build');
    await panel.locator('.run-head', { hasText: 'Predicted: a free-threaded build' }).waitFor();
    for (const theme of ['Light Modern', 'Dark High Contrast', 'Dark Modern'] as const) {
      await workbench.theme(theme);
      await workbench.screenshot(`what if, shown ${theme}`);
    }
  });

  it('puts another change on top, and takes all of them back', async () => {
    if (!workbench) throw new Error('no workbench');
    const panel = await workbench.webview();
    await workbench.run('GIL Scope: What If…');
    await workbench.offer('The run as it was').waitFor();
    await workbench.screenshot('what if, asked again');
    await workbench.pick('The run as it was');
    await panel.locator('.run-head', { hasText: 'Multiprocessing' }).waitFor();
    await panel.locator('.run-head', { hasText: 'Predicted' }).waitFor({ state: 'detached' });
  });
});
