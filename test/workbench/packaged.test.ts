// The VSIX, packed, installed as a person would, and used: what development mode would forgive fails here.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { openWorkbench } from '../support/host';

describe('the packaged extension', () => {
  const manifest: unknown = JSON.parse(fs.readFileSync('package.json', 'utf8'));
  const version = /"version":"([^"]+)"/.exec(JSON.stringify(manifest))?.[1] ?? '';
  const vsix = path.resolve(`gil-scope-${version}.vsix`);

  before(() => {
    const packing = spawnSync(process.execPath, ['scripts/bootstrap.cjs', 'package'], {
      encoding: 'utf8',
    });
    assert.equal(packing.status, 0, packing.stderr);
    // The list and the size limit are checked there; the line says both.
    assert.match(packing.stdout, /gil-scope-[\d.]+\.vsix: [\d.]+ kB, \d+ files/);
  });

  it('runs the demo in a VS Code that knows it only by its VSIX', async () => {
    const workbench = await openWorkbench({ vsix, open: 'cpu_bound.py' });
    try {
      await workbench.run('Run GIL Demo');
      const panel = await workbench.webview();
      await panel.locator('.run canvas').first().waitFor();
      await workbench.screenshot('packaged');
    } finally {
      await workbench.dispose();
    }
  });
});
