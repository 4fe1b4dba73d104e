// Calibrating the simulator on a real Python from the palette, and going back to the defaults.

import assert from 'node:assert/strict';
import { openWorkbench } from '../support/host';
import { skip } from '../support/skip';
import type { Workbench } from '../support/workbench';
import { findInterpreters } from '../engines/recorder/interpreters';

/** Whichever Python it was: a server may read the setting from elsewhere. */
const CALIBRATED = /costs calibrated on CPython 3\.\d+\.\d+/;

describe('the simulator, calibrated in the editor', () => {
  let workbench: Workbench | undefined;
  const python = findInterpreters().at(-1);

  before(async function () {
    if (!python) return skip(this, 'there is no CPython here');
    workbench = await openWorkbench({
      open: 'cpu_bound.py',
      settings: { 'gilscope.pythonPath': python.path },
    });
  });

  after(() => workbench?.dispose());

  afterEach(async function () {
    await workbench?.witness(this.currentTest);
  });

  it('shows on which Python its costs were measured, and what differs most', async () => {
    assert.ok(workbench);
    await workbench.run('Run GIL Demo');
    const panel = await workbench.webview();
    await panel.getByText('switch interval 5 ms').first().waitFor({ timeout: 60_000 });
    await workbench.run('GIL Scope: Calibrate the Simulator on My Python');
    await panel.getByText(CALIBRATED).first().waitFor({ timeout: 90_000 });
    await workbench.notification('Simulations now use costs measured on CPython 3.');
    await workbench.screenshot('calibrated');
  });

  it('keeps them when the window is opened again', async () => {
    assert.ok(workbench);
    await workbench.reload();
    await workbench.run('Run GIL Demo');
    const panel = await workbench.webview();
    await panel.getByText(CALIBRATED).first().waitFor({ timeout: 60_000 });
  });

  it('simulates with the default costs again when asked to', async () => {
    assert.ok(workbench);
    await workbench.run('GIL Scope: Use the Simulator’s Default Costs');
    await workbench.notification('Simulations use the default costs again');
    const panel = await workbench.webview();
    await panel.getByText('costs calibrated on').first().waitFor({ state: 'detached' });
  });
});
