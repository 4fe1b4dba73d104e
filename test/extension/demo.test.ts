// The extension inside a real extension host: what its commands do, what an edit does, what a hover says.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { GilScopeApi } from '../../src/extension';
import type { Comparison } from '../../src/editor/runs/comparison';
import { storyOf } from '../support/traces';
import type { Session } from '../../src/editor/runs/session';

const EXTENSION = 'gil-scope.gil-scope';

/** A small demo: two threads of 20 ms each. */
const DEMO = `# gil: machine cores=2 interval=5ms

def crunch():  # gil: threads 2
    work()     # gil: compute 20ms
`;

async function api(): Promise<GilScopeApi> {
  const extension = vscode.extensions.getExtension<GilScopeApi>(EXTENSION);
  assert.ok(extension, 'the extension is there');
  return extension.activate();
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gil-scope-'));

after(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Opens a new file with this text. */
async function openPython(content: string): Promise<vscode.TextEditor> {
  const file = path.join(folder, `demo${fs.readdirSync(folder).length}.py`);
  fs.writeFileSync(file, content);
  const document = await vscode.workspace.openTextDocument(file);
  return vscode.window.showTextDocument(document, vscode.ViewColumn.One);
}

/** Opens an untitled document; VS Code gives the addresses of closed ones again. */
async function openUntitled(content: string): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument({ language: 'python', content });
  return vscode.window.showTextDocument(document, vscode.ViewColumn.One);
}

/** Resolves when the session's comparison has ended, and gives it. */
async function ended(session: Session | undefined): Promise<Comparison> {
  const comparison = session?.comparison;
  assert.ok(comparison, 'something runs');
  await comparison.ended;
  return comparison;
}

/** Replaces the first occurrence of some text, as typing over a selection does. */
async function typeOver(editor: vscode.TextEditor, before: string, after: string): Promise<void> {
  const { document } = editor;
  const offset = document.getText().indexOf(before);
  assert.ok(offset >= 0, `the document has “${before}”`);
  const range = new vscode.Range(
    document.positionAt(offset),
    document.positionAt(offset + before.length),
  );
  assert.ok(await editor.edit(edit => edit.replace(range, after)));
}

function squiggles(document: vscode.TextDocument): string[] {
  return vscode.languages
    .getDiagnostics(document.uri)
    .map(({ range, message }) => `${document.getText(range)}: ${message}`);
}

async function hoverText(document: vscode.TextDocument, word: string): Promise<string> {
  const position = document.positionAt(document.getText().indexOf(word) + 1);
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    position,
  );
  return hovers
    .flatMap(hover => hover.contents)
    .map(content => (content instanceof vscode.MarkdownString ? content.value : ''))
    .join('\n');
}

/** What stands on the page, a line a run; waits until both runs are there. */
async function shownLines({ panel }: GilScopeApi['timeline']): Promise<readonly string[]> {
  for (;;) {
    const lines = (await panel?.describe()) ?? [];
    if (lines.length === 2) return lines;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

/** The one panel's tab, if it is open. */
function panelTab(): vscode.Tab | undefined {
  return vscode.window.tabGroups.all
    .flatMap(group => group.tabs)
    .find(
      tab => tab.input instanceof vscode.TabInputWebview && tab.label.startsWith('GIL Timeline'),
    );
}

describe('Run GIL Demo', () => {
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('runs the open annotated file under both runtimes and shows them in a panel', async () => {
    const { timeline } = await api();
    await openPython(DEMO);
    await vscode.commands.executeCommand('gilscope.runDemo');
    const { runs } = await ended(timeline.shown);
    assert.deepEqual(
      runs.map(({ trace, outcome }) => [trace.header.runtime, outcome, trace.done]),
      [
        ['gil', 'complete', true],
        ['processes', 'complete', true],
      ],
    );
    const [threads, processes] = await shownLines(timeline);
    assert.match(threads, /Threads \+ GIL/);
    assert.match(processes, /Multiprocessing/);
    assert.ok(panelTab());
  });

  it('opens the first sample as a copy when the open file has nothing to run', async () => {
    const { timeline } = await api();
    await openPython('print("hello")\n');
    await vscode.commands.executeCommand('gilscope.runDemo');
    assert.equal(timeline.shown?.fileName, 'cpu_bound.py');
    const extensionPath = vscode.extensions.getExtension(EXTENSION)?.extensionPath ?? '';
    assert.ok(!timeline.shown.uri.fsPath.startsWith(extensionPath), 'not the shipped file itself');
    const { runs } = await ended(timeline.shown);
    const [gil, processes] = runs.map(run => run.trace.nowNs);
    assert.ok(gil > 2 * processes, `four cores beat one lock: ${gil} ns against ${processes} ns`);
  });

  it('changes the picture with the edit, unsaved', async () => {
    const { timeline } = await api();
    const editor = await openPython(DEMO);
    await vscode.commands.executeCommand('gilscope.runDemo');
    const before = await ended(timeline.shown);
    await typeOver(editor, '20ms', '40ms');
    const after = await ended(timeline.shown);
    assert.notEqual(after, before);
    // Twice the work under one lock takes about twice as long, start-up and hand-offs aside.
    const ratio = after.runs[0].trace.nowNs / before.runs[0].trace.nowNs;
    assert.ok(ratio > 1.8 && ratio < 2.2, `ratio ${ratio}`);
    assert.ok(editor.document.isDirty);
  });

  it('keeps the last good picture while an annotation is half typed, and squiggles the mistake', async () => {
    const { timeline } = await api();
    const editor = await openPython(DEMO);
    await vscode.commands.executeCommand('gilscope.runDemo');
    const before = await ended(timeline.shown);
    await typeOver(editor, 'compute 20ms', 'compute 20m');
    assert.equal(timeline.shown?.comparison, before);
    const [squiggle, ...others] = squiggles(editor.document);
    assert.match(squiggle, /^(20m|m): .*unit/);
    assert.deepEqual(others, []);
    await typeOver(editor, 'compute 20m', 'compute 30ms');
    assert.deepEqual(squiggles(editor.document), []);
    assert.notEqual((await ended(timeline.shown)).title.comparison, before.title.comparison);
  });

  it('does not run again for an edit that changes no work', async () => {
    const { timeline } = await api();
    const editor = await openPython(DEMO);
    await vscode.commands.executeCommand('gilscope.runDemo');
    const before = await ended(timeline.shown);
    await typeOver(editor, 'work()', 'play()');
    assert.equal(timeline.shown?.comparison, before);
  });

  it('leaves the picture alone while typing when the setting says so', async () => {
    const settings = vscode.workspace.getConfiguration('gilscope');
    await settings.update('updateWhileTyping', false, vscode.ConfigurationTarget.Global);
    try {
      const { timeline } = await api();
      const editor = await openPython(DEMO);
      await vscode.commands.executeCommand('gilscope.runDemo');
      const before = await ended(timeline.shown);
      await typeOver(editor, '20ms', '40ms');
      assert.equal(timeline.shown?.comparison, before);
    } finally {
      await settings.update('updateWhileTyping', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('explains the hovered line with the figures of the last run', async () => {
    const { timeline } = await api();
    const { document } = await openPython(DEMO);
    assert.match(await hoverText(document, 'work'), /Run the file to see/);
    await vscode.commands.executeCommand('gilscope.runDemo');
    await ended(timeline.shown);
    const text = await hoverText(document, 'work');
    assert.match(text, /What this line does to the GIL/);
    // Two threads of 20 ms each hold it for 40 ms in all, whoever runs them.
    assert.match(text, /held the GIL \| 40 ms \| 40 ms/);
    assert.match(text, /While a thread held the GIL here, others waited/);
    assert.equal(await hoverText(document, 'machine'), await hoverText(document, 'cores'));
  });

  it('cancels, and keeps what was known', async () => {
    const { timeline } = await api();
    // Half a million hand-offs: long enough to be caught.
    await openPython(DEMO.replace('20ms', '250s').replace('5ms', '1ms'));
    await vscode.commands.executeCommand('gilscope.runDemo');
    const session = timeline.shown;
    await vscode.commands.executeCommand('gilscope.cancel');
    const { runs } = await ended(session);
    assert.ok(runs.some(run => run.outcome === 'cancelled'));
    for (const { trace } of runs) assert.ok(trace.done);
  });

  it('brings the panel back with what it showed', async () => {
    const { timeline } = await api();
    await openPython(DEMO);
    await vscode.commands.executeCommand('gilscope.runDemo');
    await ended(timeline.shown);
    await shownLines(timeline);
    const tab = panelTab();
    assert.ok(tab);
    await vscode.window.tabGroups.close(tab);
    assert.ok(!timeline.panel);
    await vscode.commands.executeCommand('gilscope.showTimeline');
    assert.equal((await shownLines(timeline)).length, 2);
  });
});

describe('the race lesson', () => {
  it('runs the race on real threads and opens its page', async () => {
    const { raceLesson } = await api();
    await vscode.commands.executeCommand('gilscope.raceLesson');
    const run = await raceLesson.settled();
    assert.deepEqual(
      run?.results.map(({ method }) => method),
      ['none', 'gil', 'atomic', 'object-lock', 'biased'],
    );
    const tabs = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
    assert.ok(tabs.includes('The Race That the GIL Prevents'));
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});

describe('a trace as a file', () => {
  const saved = vscode.Uri.file(path.join(folder, 'saved.json'));

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('is opened again as it was saved', async () => {
    const { timeline } = await api();
    await openPython(DEMO);
    await vscode.commands.executeCommand('gilscope.runDemo');
    const [before] = (await ended(timeline.shown)).runs;
    await vscode.commands.executeCommand('gilscope.saveTrace', saved);
    await vscode.commands.executeCommand('gilscope.openTrace', saved);
    const { runs } = await ended(timeline.shown);
    assert.equal(runs.length, 1);
    assert.deepEqual(storyOf(runs[0].trace), storyOf(before.trace));
    assert.deepEqual(runs[0].trace.header, {
      ...before.trace.header,
      openedFrom: 'saved.json',
    });
  });

  it('that is none leaves the picture as it was', async () => {
    const { timeline } = await api();
    await openPython(DEMO);
    await vscode.commands.executeCommand('gilscope.runDemo');
    const before = await ended(timeline.shown);
    fs.writeFileSync(saved.fsPath, '{"some": "thing"}');
    await vscode.commands.executeCommand('gilscope.openTrace', saved);
    assert.equal(timeline.shown?.comparison, before);
  });
});

describe('a file without annotations', () => {
  it('is shown with assumed costs when asked for, and says so', async () => {
    const { sessions, timeline } = await api();
    const { document } = await openPython(`from threading import Thread

def work():
    for i in range(1000):
        total = i * i

def main():
    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

main()
`);
    await vscode.commands.executeCommand('gilscope.runFile');
    const { runs, plan } = await ended(timeline.shown);
    assert.ok(plan.program.threads.length > 2, 'the main thread and more than one other');
    assert.equal(runs[0].outcome, 'complete');
    const { runnable } = await sessions.read(document);
    assert.ok((runnable?.assumptions.length ?? 0) > 0);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});

describe('advice', () => {
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  const UNGUARDED = `from multiprocessing import Process

def work():
    pass

def main():
    Process(target=work).start()

main()
`;

  /** Waits until the document has squiggles; they come a moment after typing. */
  async function squiggled(document: vscode.TextDocument): Promise<vscode.Diagnostic> {
    for (;;) {
      const [first] = vscode.languages.getDiagnostics(document.uri);
      if ((first as vscode.Diagnostic | undefined) !== undefined) return first;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }

  it('comes with a fix that leaves the file without the problem', async () => {
    await api();
    const { document } = await openPython(UNGUARDED);
    const { code, range } = await squiggled(document);
    assert.ok(typeof code === 'object');
    assert.equal(code.value, 'missing-main-guard');
    // the link beside the message leads to a page that is there
    const page = await vscode.workspace.fs.readFile(code.target);
    assert.match(Buffer.from(page).toString(), /^# Processes started without a \S*main\S* guard/);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      range,
    );
    const fix = actions.find(({ title }) => title.includes('__main__'));
    assert.ok(fix?.edit);
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    assert.match(document.getText(), /if __name__ == "__main__":\n {4}main\(\)/);
  });

  it('falls silent when its setting says so', async () => {
    const settings = vscode.workspace.getConfiguration('gilscope');
    const name = 'advice.missing-main-guard';
    await api();
    const { document } = await openPython(UNGUARDED);
    await squiggled(document);
    try {
      await settings.update(name, 'off', vscode.ConfigurationTarget.Global);
      while (vscode.languages.getDiagnostics(document.uri).length > 0) {
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    } finally {
      await settings.update(name, undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('tells at a call whether it releases the GIL, and how we know', async () => {
    await api();
    const { document } = await openPython('import zlib as z\nz.compress(b"abc")\n');
    const text = await hoverText(document, 'compress');
    assert.match(text, /GIL:\*\* .*releases the GIL/);
    assert.match(text, /measured/i);
  });
});

describe('a call, verified on my Python', () => {
  it('is told beside the claim, in the hover', async () => {
    await api();
    const { document } = await openPython('import zlib as z\nz.compress(b"abc")\n');
    const before = await hoverText(document, 'compress');
    assert.match(before, /\(command:gilscope\.verifyCall\?/);
    await vscode.commands.executeCommand('gilscope.verifyCall', { call: 'zlib.compress' });
    const after = await hoverText(document, 'compress');
    assert.match(after, /Measured on your CPython 3\\?\.\d+.*1 MB: releases the GIL for \d+ %/);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});

describe('a hover over hostile code', () => {
  /** What each link of a hover would run. */
  function commands(text: string): string[] {
    return [...text.matchAll(/\]\(command:([\w.]+)/g)].map(([, command]) => command);
  }

  it('has links from a fixed list only, and none that the code wrote', async () => {
    const { timeline } = await api();
    const name = 'f](command:workbench.action.quit) <img src=x> $(flame) `x`';
    const { document } = await openPython(
      `# gil: machine cores=2\nk = "${name}"\ndef 𝐟ö():  # gil: threads 2\n    k["](command:evil)"]  # gil: compute 20ms\n# gil-memory\n`,
    );
    await vscode.commands.executeCommand('gilscope.runDemo');
    await ended(timeline.shown);
    const text = `${await hoverText(document, 'command:evil')}${await hoverText(document, 'k =')}`;
    const allowed = ['runFile', 'runOnThreads', 'replay', 'showLine', 'verifyCall'];
    const run = commands(text);
    assert.ok(run.length > 0);
    for (const command of run)
      assert.ok(allowed.includes(command.replace('gilscope.', '')), command);
    assert.doesNotMatch(text, /<img|\$\(flame\)|command:evil|action\.quit/);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('is not led elsewhere by what a link is given', async () => {
    const { timeline } = await api();
    const { document } = await openPython(DEMO);
    await vscode.commands.executeCommand('gilscope.runDemo');
    const shown = timeline.shown;
    await ended(shown);
    const odd = [
      { uri: 'file:///etc/passwd', line: 1 },
      { uri: 7 },
      'x',
      null,
      { uri: document.uri.toString(), line: 1e9 },
    ];
    for (const argument of odd) {
      await vscode.commands.executeCommand('gilscope.showLine', argument);
      assert.equal(vscode.window.activeTextEditor?.document, document);
      assert.equal(timeline.shown, shown);
    }
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});

describe('a notebook', () => {
  const CELLS = [
    'import threading, zlib\n%time pass\ndef work(n):\n    for i in range(n):\n        zlib.compress(b"x" * n)',
    'threads = [threading.Thread(target=work, args=(9,)) for _ in range(3)]\nfor thread in threads:\n    thread.start()',
  ];

  async function openNotebook(): Promise<vscode.NotebookDocument> {
    const kind = vscode.NotebookCellKind.Code;
    const cells = CELLS.map(text => new vscode.NotebookCellData(kind, text, 'python'));
    const data = new vscode.NotebookData(cells);
    const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', data);
    await vscode.window.showNotebookDocument(notebook);
    return notebook;
  }

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('has hovers and lenses in its cells', async () => {
    await api();
    const notebook = await openNotebook();
    const [first, second] = notebook.getCells().map(({ document }) => document);
    assert.match(await hoverText(first, 'compress'), /releases the GIL/);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      second.uri,
    );
    const titles = lenses.map(({ command }) => command?.title ?? '');
    assert.ok(
      titles.some(title => title.includes('Run all cells')),
      titles.join(),
    );
  });

  it('runs as one program, cells in order', async () => {
    const { timeline } = await api();
    const notebook = await openNotebook();
    const uri = notebook.getCells()[1].document.uri.toString();
    await vscode.commands.executeCommand('gilscope.runNotebook', { uri, line: 1 });
    const { plan, runs } = await ended(timeline.shown);
    assert.equal(runs[0].outcome, 'complete');
    // The thread's function is in another cell than the thread.
    assert.ok(plan.program.threads.length >= 4);
    assert.match(vscode.window.activeTextEditor?.document.getText() ?? '', /# %% cell 2/);
  });
});

describe('ten thousand edits', () => {
  it('leave memory where it was', async function () {
    this.timeout(180_000);
    const { sessions } = await api();
    const editor = await openPython(DEMO);
    const { document } = editor;
    const session = sessions.of(document);
    const heap = () => (globalThis.gc?.(), process.memoryUsage().heapUsed);
    const type = async (count: number) => {
      // Some at a time, as one by one they would mostly wait for the window; it may make one version of two.
      const goal = document.version + count;
      while (document.version < goal) {
        const words = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 'play' : 'work'));
        await Promise.all(words.map(replaceCall));
      }
    };
    const replaceCall = (word: string) => {
      const edit = new vscode.WorkspaceEdit();
      edit.replace(document.uri, new vscode.Range(3, 4, 3, 8), word);
      return vscode.workspace.applyEdit(edit);
    };
    const { version } = document;
    await type(500);
    const before = heap();
    await type(2_000);
    const middle = heap();
    await type(7_500);
    const after = heap();
    assert.equal(sessions.of(document), session);
    assert.ok(document.version - version >= 10_000, `${document.version - version} versions`);
    // What is kept for undoing is the editor's, not ours, and is in another process.
    const growth = (after - before) / 1e6;
    assert.ok(
      growth < 60,
      `${growth} MB more after 9,500 edits; ${(middle - before) / 1e6} after 2,000`,
    );
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });
});

describe('squiggles', () => {
  it('go with their document when it is closed, renamed or emptied', async () => {
    await api();
    const text =
      'from multiprocessing import Process\ndef work():\n    pass\ndef main():\n    Process(target=work).start()\nmain()\n';
    const editor = await openPython(text);
    const { document } = editor;
    const until = async (holds: () => boolean) => {
      while (!holds()) await new Promise(resolve => setTimeout(resolve, 50));
    };
    const of = (uri: vscode.Uri) => vscode.languages.getDiagnostics(uri).length;
    await until(() => of(document.uri) > 0);
    const renamed = vscode.Uri.file(document.uri.fsPath.replace('.py', '-renamed.py'));
    const move = new vscode.WorkspaceEdit();
    move.renameFile(document.uri, renamed);
    assert.ok(await vscode.workspace.applyEdit(move));
    await until(() => of(renamed) > 0 && of(document.uri) === 0);
    const now = await vscode.window.showTextDocument(renamed);
    await now.edit(edit => edit.delete(new vscode.Range(0, 0, 99, 0)));
    await until(() => of(renamed) === 0);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });
});

describe('a closed document', () => {
  it('leaves nothing to a new one that gets its address', async () => {
    const { sessions, timeline } = await api();
    const first = await openUntitled(DEMO);
    await vscode.commands.executeCommand('gilscope.runDemo');
    const shown = timeline.shown;
    await ended(shown);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const second = await openUntitled(DEMO);
    assert.equal(second.document.uri.toString(), first.document.uri.toString());
    assert.notEqual(sessions.of(second.document), shown);
    assert.match(await hoverText(second.document, 'work'), /Run the file to see/);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});

describe('a Python file that is odd', () => {
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  const cases: [string, string, RegExp][] = [
    ['no threads', DEMO.replace('threads 2', 'threads 0'), /^0: /],
    ['ten thousand threads', DEMO.replace('threads 2', 'threads 10000'), /^10000: /],
    ['negative time', DEMO.replace('20ms', '-1ms'), /^-1ms: /],
    ['absurd time', DEMO.replace('20ms', '1e300ms'), /^1e300ms: /],
    ['a bracket left open', `${DEMO}\nprint((1\n`, /Python cannot read/],
  ];
  for (const [what, text, expected] of cases) {
    it(`with ${what} gets a sentence where it is wrong`, async () => {
      await api();
      const { document } = await openPython(text);
      const [first] = squiggles(document);
      assert.match(first, expected);
    });
  }

  it('of five megabytes leaves the editor usable', async () => {
    const { sessions } = await api();
    const filler = 'x = [1, 2, 3]  # a line like many others\n';
    const text = DEMO + filler.repeat(Math.floor(4_900_000 / filler.length));
    const { document } = await openPython(text);
    const analysis = await sessions.analysis(document);
    assert.ok(analysis.program);
  });

  it('with CRLF, tabs, a BOM and other alphabets runs as well', async () => {
    const { sessions } = await api();
    const text = `\uFEFF${DEMO.replaceAll('    ', '\t').replaceAll('crunch', 'größe_计算')}`;
    const { document } = await openPython(text.replaceAll('\n', '\r\n'));
    const { program, findings } = await sessions.analysis(document);
    assert.deepEqual(findings, []);
    assert.equal(program?.threads.length, 3);
  });
});

describe('a pinned run', () => {
  it('stays as the baseline when another run comes, and goes when it is unpinned', async () => {
    const { sessions, timeline } = await api();
    const { document } = await openPython(DEMO);
    assert.ok(await timeline.run(document));
    const first = await ended(sessions.find(document.uri));
    const [, processes] = first.runs;
    await timeline.choice.toggle(timeline.comparison, processes.id);
    assert.deepEqual(
      timeline.comparison?.runs.map(({ id }) => id),
      [processes.id, first.runs[0].id],
      'of its own comparison it only comes first',
    );
    const { document: other } = await openPython(DEMO.replace('20ms', '40ms'));
    assert.ok(await timeline.run(other));
    await ended(sessions.find(other.uri));
    const titles = timeline.comparison.head.runs.map(({ header, pinned }) => [
      header.title,
      pinned,
    ]);
    const [[pinnedTitle]] = titles;
    assert.match(String(pinnedTitle), /\d\d:\d\d:\d\d$/, 'of one file there may be many runs');
    assert.deepEqual(titles.slice(0, 2), [
      [`Multiprocessing · ${first.title.title}, ${String(pinnedTitle).slice(-8)}`, true],
      ['Threads + GIL', false],
    ]);
    assert.equal(titles.length, 3);
    await timeline.choice.toggle(timeline.comparison, processes.id);
    assert.equal(timeline.comparison.runs.length, 2);
  });

  it('is written down, and read again by another window', async () => {
    const { timeline, sessions } = await api();
    const { document } = await openPython(DEMO);
    assert.ok(await timeline.run(document));
    const { runs } = await ended(sessions.find(document.uri));
    await timeline.choice.toggle(timeline.comparison, runs[0].id);
    const later = timeline.choice.pins.ofAnotherWindow();
    await later.load();
    const read = later.pinned?.run.trace;
    assert.ok(read);
    assert.deepEqual(storyOf(read), storyOf(runs[0].trace));
    await timeline.choice.toggle(timeline.comparison, runs[0].id);
    await timeline.choice.pins.ofAnotherWindow().load();
    assert.equal(timeline.choice.pinned, undefined);
  });
});

describe('the extension', () => {
  it('offers its demo under exactly this title, without a category', () => {
    const manifest = vscode.extensions.getExtension(EXTENSION)?.packageJSON as {
      contributes: { commands: { command: string; title: string; category?: string }[] };
    };
    const demo = manifest.contributes.commands.find(
      ({ command }) => command === 'gilscope.runDemo',
    );
    assert.deepEqual([demo?.title, demo?.category], ['Run GIL Demo', undefined]);
  });

  it('has every command that its manifest promises', async () => {
    await api();
    const manifest = vscode.extensions.getExtension(EXTENSION)?.packageJSON as {
      contributes: { commands: { command: string }[] };
    };
    const known = new Set(await vscode.commands.getCommands(true));
    const missing = manifest.contributes.commands.filter(({ command }) => !known.has(command));
    assert.deepEqual(missing, []);
  });
});
