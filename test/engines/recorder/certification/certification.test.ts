// Whether a layout is believed: real interpreters with the right one and with wrong ones, and what is kept on disk.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

import {
  certify,
  type Certificate,
} from '../../../../src/engines/recorder/certification/certification';
import {
  certificateFolder,
  CertificateStore,
} from '../../../../src/engines/recorder/certification/certificates';
import { tabulatedLayout, type Layout } from '../../../../src/engines/recorder/cpython/layout';
import {
  locateRuntime,
  type LocatedRuntime,
} from '../../../../src/engines/recorder/cpython/locateRuntime';
import { readLink } from '../../../../src/engines/recorder/system/processMaps';
import { skip } from '../../../support/skip';
import { makeTemporaryFolder } from '../../../support/temporaryFolder';
import { findInterpreters, pickInterpreter } from '../interpreters';
import { programFile } from '../recordings';

/** The runtime of an interpreter, as a recording would find it, and its executable. */
async function runtimeOf(
  python: string,
): Promise<{ readonly runtime: LocatedRuntime; readonly executable: string }> {
  const child = spawn(python, [programFile('idle.py')], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    const located = locateRuntime(pid, {
      elf: new Map(),
      knowledgeOf: () => ({ kind: 'nothing' }),
    });
    assert.ok(located.kind === 'found', located.kind);
    return { runtime: located.runtime, executable: readLink(`/proc/${pid}/exe`) ?? '' };
  } finally {
    child.kill('SIGKILL');
  }
}

describe('the certification of a build', function () {
  this.timeout(60_000);
  const interpreters = findInterpreters();
  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    if (interpreters.length === 0) skip(this, 'no CPython 3.8 to 3.15 was found');
  });

  for (const { path: python, version, minor } of interpreters) {
    it(`finds every fact right in CPython ${version}, and the search without offsets agrees`, async () => {
      const { runtime, executable } = await runtimeOf(python);
      assert.deepEqual(await certify(executable, runtime), {
        kind: 'certified',
        minor,
        waitsInside: true,
        witness: 'agrees',
      } satisfies Certificate);
    });
  }

  /** A layout with one offset moved, the name of what that spoils, and whether the search can tell. */
  const spoiled: readonly (readonly [string, (right: Layout) => Layout, RegExp])[] = [
    ['threads', right => moved(right, 'interpreter', 'threadsHead'), /threads|thread/],
    ['links', right => moved(right, 'thread', 'next'), /number of threads/],
    ['identities', right => moved(right, 'thread', 'threadId'), /a thread/],
    ['file names', right => moved(right, 'code', 'fileName'), /a file/],
    ['line tables', right => moved(right, 'code', 'lineTable'), /a line|a function/],
    ['first lines', right => moved(right, 'code', 'firstLine'), /a line/],
    ['callers', right => moved(right, 'frame', 'previous'), /name of a thread/],
    ['locals', right => moved(right, 'frame', 'locals'), /name of a thread/],
    ['other texts', right => moved(right, 'text', 'other'), /name of a thread/],
    ['keys', right => ({ ...right, sharedKeys: right.sharedKeys + 8 }), /name of a thread/],
    ['collections', right => moved(right, 'interpreter', 'collecting'), /garbage/],
    ['the GIL', right => ({ ...right, gil: { ...right.gil, offset: right.gil.offset + 8 } }), /./],
  ];

  function moved(
    right: Layout,
    group: 'interpreter' | 'thread' | 'code' | 'frame' | 'text',
    field: string,
  ): Layout {
    const fields: Readonly<Record<string, unknown>> = { ...right[group] };
    const offset = fields[field];
    assert.ok(typeof offset === 'number', field);
    return { ...right, [group]: { ...fields, [field]: offset + 8 } };
  }

  for (const [what, spoil, complaint] of spoiled) {
    it(`notices wrong offsets of ${what}`, async function () {
      const python = pickInterpreter(interpreters, { from: 13 });
      if (!python) skip(this, 'no CPython that describes itself (3.13 or later) was found');
      const { runtime, executable } = await runtimeOf(python.path);
      const certificate = await certify(executable, runtime, spoil(runtime.layout));
      assert.equal(certificate?.kind, 'failed');
      assert.match(certificate.wrong.join(', '), complaint);
    });
  }

  it('notices wrong offsets of what a thread says of the GIL', async function () {
    const python = pickInterpreter(interpreters, { from: 15 });
    if (!python) skip(this, 'no CPython 3.15 was found');
    const { runtime, executable } = await runtimeOf(python.path);
    const { layout } = runtime;
    const right = layout.thread.gilFlags;
    assert.ok(right);
    for (const gilFlags of [
      { ...right, requested: right.requested + 4 },
      { ...right, holds: right.holds - 4 },
      { holds: right.requested, requested: right.holds },
    ]) {
      const suspect: Layout = { ...layout, thread: { ...layout.thread, gilFlags } };
      const certificate = await certify(executable, runtime, suspect);
      assert.equal(certificate?.kind, 'failed', JSON.stringify(gilFlags));
      assert.deepEqual(certificate.wrong, ['what a thread says of the GIL']);
    }
  });

  it('finds the row of the table that fits when the version leads to another one', async function () {
    const python = pickInterpreter(interpreters, { to: 12 });
    if (!python) skip(this, 'no CPython of the table (3.8 to 3.12) was found');
    const { runtime, executable } = await runtimeOf(python.path);
    const wrongMinor = python.minor === 12 ? 11 : 12;
    const suspect = tabulatedLayout({ minor: wrongMinor, text: 'claimed' });
    assert.ok(suspect);
    const certificate = await certify(executable, runtime, suspect);
    assert.equal(certificate?.kind, 'certified');
    assert.equal(certificate.minor, python.minor);
  });

  it('says nothing of an interpreter that is another build, cannot be run, or is no Python', async function () {
    const python = pickInterpreter(interpreters) ?? skip(this, 'no interpreter');
    const { runtime, executable } = await runtimeOf(python.path);
    assert.equal(await certify(executable, { ...runtime, build: 'another' }), undefined);
    assert.equal(await certify('/no/such/python', runtime), undefined);
    assert.equal(await certify('/bin/echo', runtime), undefined);
  });
});

describe('the store of certificates', () => {
  const temporary = makeTemporaryFolder();
  after(() => temporary.dispose());
  const certificate: Certificate = {
    kind: 'certified',
    minor: 11,
    waitsInside: true,
    witness: 'agrees',
  };
  const newStore = (): CertificateStore => new CertificateStore(path.join(temporary.folder, 'a/b'));
  const files = (): string[] =>
    fs
      .readdirSync(path.join(temporary.folder, 'a/b'))
      .map(file => path.join(temporary.folder, 'a/b', file));

  it('gives back what was written, to another recorder too, and leaves no drafts', () => {
    assert.equal(newStore().write('python 1 2', certificate), true);
    assert.deepEqual(newStore().read('python 1 2'), certificate);
    assert.deepEqual(newStore().knowledgeOf('python 1 2'), { kind: 'row', minor: 11 });
    assert.equal(files().length, 1);
  });

  it('knows nothing of a build with another size or time of change', () => {
    assert.deepEqual(newStore().knowledgeOf('python 1 3'), { kind: 'nothing' });
  });

  it('ignores a file that is damaged, of another format, or of another build', () => {
    newStore().write('python 1 2', certificate);
    const [file] = files();
    const good = fs.readFileSync(file, 'utf8');
    const bad = [
      '',
      good.slice(0, -10),
      'null',
      '{}',
      good.replace('"format":2', '"format":1'),
      good.replace('python 1 2', 'python 9 9'),
      good.replace('"minor":11', '"minor":"11"'),
    ];
    for (const text of bad) {
      fs.writeFileSync(file, text);
      assert.equal(newStore().read('python 1 2'), undefined, text);
    }
  });

  it('does without the disk when that cannot be written', () => {
    const file = path.join(temporary.folder, 'a-file');
    fs.writeFileSync(file, '');
    const store = new CertificateStore(path.join(file, 'below'));
    assert.equal(store.write('python 1 2', certificate), false);
    assert.deepEqual(store.read('python 1 2'), certificate);
  });

  it('lies where the system keeps caches', () => {
    assert.equal(
      certificateFolder({ XDG_CACHE_HOME: '/var/somewhere' }),
      '/var/somewhere/gil-scope/interpreters',
    );
    assert.match(certificateFolder({ XDG_CACHE_HOME: 'relative' }), /\.cache\/gil-scope/);
  });
});
