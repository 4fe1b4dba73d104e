// package.json repeats what the code knows; these tests keep the two from drifting apart.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { RULES } from '../../src/analysis/advice/rules';
import { RUNTIMES } from '../../src/core/worlds/runtimes';
import { PAGE_COMMANDS } from '../../src/protocol/messages';
import { COLORS } from '../../webview/drawing/colors';
import { KEYS } from '../../webview/parts/keys';

interface Manifest {
  readonly engines: { readonly vscode: string };
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly contributes: {
    readonly colors: unknown;
    readonly commands: readonly { command: string; title: string; category?: string }[];
    readonly menus: Readonly<Record<string, readonly { command: string; when?: string }[]>>;
    readonly configuration: {
      readonly properties: Readonly<
        Record<
          string,
          { description?: string; markdownDescription?: string; items?: { enum: string[] } }
        >
      >;
    };
  };
}

const manifest = JSON.parse(fs.readFileSync('package.json', 'utf8')) as Manifest;

describe('the manifest', () => {
  it('contributes the colours that the page paints with', () => {
    assert.deepEqual(manifest.contributes.colors, COLORS);
  });

  it('has a command for everything that a key of the panel does, offered while there is a panel', () => {
    const { commands, menus } = manifest.contributes;
    assert.ok(KEYS.length > 20);
    for (const action of new Set([...KEYS.map(([name]) => name), ...PAGE_COMMANDS])) {
      const id = `gilscope.${action}`;
      assert.equal(commands.find(({ command }) => command === id)?.category, 'GIL Scope', id);
      const offered = menus.commandPalette.find(({ command }) => command === id);
      assert.equal(offered?.when, 'gilscope.panelOpen', id);
    }
  });

  it('gives no key to two actions of the panel', () => {
    const keys = KEYS.flatMap(([, names]) => names);
    assert.deepEqual([...new Set(keys)], keys);
  });

  it('offers every runtime of the table for comparison', () => {
    const { items } = manifest.contributes.configuration.properties['gilscope.compare'];
    assert.deepEqual(
      items?.enum,
      RUNTIMES.map(({ name }) => name),
    );
  });

  it('has a setting for every rule of advice', () => {
    const settings = Object.keys(manifest.contributes.configuration.properties);
    const ofRules = settings.filter(name => name.startsWith('gilscope.advice.'));
    assert.deepEqual(ofRules.sort(), RULES.map(({ id }) => `gilscope.advice.${id}`).sort());
  });

  it('explains every setting', () => {
    for (const [name, setting] of Object.entries(manifest.contributes.configuration.properties)) {
      assert.ok(setting.markdownDescription ?? setting.description, name);
    }
  });

  it('asks for no newer VS Code than the one whose types it was compiled with', () => {
    // A newer `engines.vscode` than the host's would leave the extension silently unloaded.
    assert.equal(manifest.engines.vscode, `^${manifest.devDependencies['@types/vscode']}`);
  });
});
