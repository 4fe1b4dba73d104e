// The driver and the host, tried on a tiny extension of this test's own: what fails here is not the product's fault.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { openWorkbench } from '../support/host';
import { makeTemporaryFolder } from '../support/temporaryFolder';
import type { Workbench } from '../support/workbench';

const manifest = {
  name: 'probe',
  publisher: 'probe',
  version: '1.0.0',
  engines: { vscode: '^1.100.0' },
  main: './main.js',
  activationEvents: ['onLanguage:python', 'onWebviewPanel:probe'],
  contributes: {
    commands: [
      { command: 'probe.fruit', title: 'Pick a Fruit', category: 'Probe' },
      { command: 'probe.panel', title: 'Open a Panel', category: 'Probe' },
    ],
  },
};

const main = `
const vscode = require('vscode');
exports.activate = () => {
  const html = '<p id="greeting">hello</p>';
  vscode.commands.registerCommand('probe.fruit', async () => {
    const fruit = await vscode.window.showQuickPick(['apple', 'banana']);
    void vscode.window.showInformationMessage('You took ' + fruit);
  });
  vscode.commands.registerCommand('probe.panel', () => {
    vscode.window.createWebviewPanel('probe', 'Probe Panel', vscode.ViewColumn.Beside).webview.html = html;
  });
  vscode.window.registerWebviewPanelSerializer('probe', {
    async deserializeWebviewPanel(panel) { panel.webview.html = html.replace('hello', 'restored'); },
  });
  vscode.languages.registerHoverProvider('python', {
    provideHover: (document, position) =>
      new vscode.Hover('The word is ' + document.getText(document.getWordRangeAtPosition(position))),
  });
};
`;

describe('a driven workbench', () => {
  const extension = makeTemporaryFolder();
  let workbench: Workbench;

  before(async () => {
    fs.writeFileSync(path.join(extension.folder, 'package.json'), JSON.stringify(manifest));
    fs.writeFileSync(path.join(extension.folder, 'main.js'), main);
    workbench = await openWorkbench({
      extension: extension.folder,
      files: { 'one.py': 'def alpha(count):\n    return count + 1\n', 'two.py': 'beta = 2\n' },
      open: 'one.py',
    });
  });

  after(async () => {
    await workbench.dispose();
    extension.dispose();
  });

  afterEach(async function () {
    await workbench.witness(this.currentTest);
  });

  it('opens the file it was asked to open', async () => {
    await workbench.tab('one.py').waitFor();
    await workbench.line('def alpha(count)').waitFor();
  });

  it("offers the extension's commands, and runs one that asks", async () => {
    await workbench.run('Probe: Pick a Fruit');
    await workbench.pick('banana');
    await workbench.notification('You took banana');
    assert.deepEqual(await workbench.notifications(), ['You took banana']);
    await workbench.clearNotifications();
  });

  it('goes to a file by its name', async () => {
    await workbench.openFile('two.py');
    await workbench.line('beta = 2').waitFor();
    await workbench.openFile('one.py');
  });

  it('shows what hovering a word brings up', async () => {
    const hover = await workbench.hover('def alpha', 'alpha');
    assert.match(await hover.innerText(), /The word is alpha/);
  });

  it('edits a word in place, adds lines as they are, and saves', async () => {
    await workbench.replaceInLine('return count + 1', '1', '20');
    await workbench.appendToLine('return count', '\n    # the end');
    await workbench.save();
    assert.equal(
      workbench.read('one.py'),
      'def alpha(count):\n    return count + 20\n    # the end\n',
    );
  });

  it('sees into a webview, also in another theme and after the window was reloaded', async () => {
    await workbench.run('Probe: Open a Panel');
    assert.equal(await (await workbench.webview()).locator('#greeting').innerText(), 'hello');
    await workbench.theme('Light Modern');
    await (await workbench.webview()).locator('body.vscode-light').waitFor();
    await workbench.reload();
    await (await workbench.webview()).getByText('restored').waitFor();
    await workbench.screenshot('probe');
  });

  it('closes all editors', async () => {
    await workbench.closeEditors();
    assert.equal(await workbench.page.locator('.tab').count(), 0);
  });

  it('asks no other machine for anything', async () => {
    // A second window, watched from its first request on.
    const storageState = await workbench.page.context().storageState(); // the server's token is in a cookie
    const context = await workbench.page.context().browser()?.newContext({ storageState });
    assert.ok(context);
    const page = await context.newPage();
    const hosts = new Set<string>();
    page.on('request', request => hosts.add(new URL(request.url()).hostname));
    await page.goto(workbench.page.url());
    await page.waitForSelector('.explorer-folders-view .monaco-list-row', { timeout: 60_000 });
    await context.close();
    const others = [...hosts].filter(host => host !== '127.0.0.1' && host !== '');
    assert.deepEqual(others, []);
  });
});
