// The extension in a real extension host: it is loaded, and what its manifest promises is there.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('the extension', () => {
  const extension = vscode.extensions.getExtension<unknown>('gil-scope.gil-scope');

  before(async () => {
    assert.ok(extension, 'VS Code did not load the extension');
    await extension.activate();
  });

  it('has a command behind every title in the palette', async () => {
    const promised = commandsOf(extension?.packageJSON);
    const registered = await vscode.commands.getCommands(true);
    assert.ok(promised.length > 0);
    assert.deepEqual(
      promised.filter(command => !registered.includes(command)),
      [],
    );
  });
});

function commandsOf(manifest: unknown): readonly string[] {
  const ids = JSON.stringify(manifest).matchAll(/"command":"(gilscope\.\w+)"/g);
  return [...new Set([...ids].map(([, id = '']) => id))];
}
