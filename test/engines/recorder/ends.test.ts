// How recordings end when something dies, and what is said when there is nothing to record.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

import { UserError } from '../../../src/core/errors';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import {
  attach,
  prepareRecording,
  record,
  recoverRecording,
  reopenRecording,
  type ProgramToRecord,
  type Recording,
} from '../../../src/engines/recorded';
import {
  certificateFolder,
  CertificateStore,
} from '../../../src/engines/recorder/certification/certificates';
import { buildKey } from '../../../src/engines/recorder/cpython/locateRuntime';
import { SpillReader } from '../../../src/engines/recorder/file/spill';
import { skip } from '../../support/skip';
import { makeTemporaryFolder } from '../../support/temporaryFolder';
import { findInterpreters, pickInterpreter } from './interpreters';
import { buildRecorder, programFile, readToEnd } from './recordings';

const NO_ABORT = new AbortController().signal;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The next line that a process prints. */
async function firstLine(child: ChildProcess | undefined): Promise<string> {
  assert.ok(child?.stdout);
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return chunk.toString().trim();
}

describe('the end of a recording', function () {
  this.timeout(30_000);
  const interpreters = findInterpreters();
  let recorderFile = '';
  let python = '';
  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    python = pickInterpreter(interpreters)?.path ?? skip(this, 'no CPython 3.8 to 3.15 was found');
    recorderFile = buildRecorder();
  });

  const idle = (): ProgramToRecord => ({
    python,
    run: { kind: 'script', file: programFile('idle.py') },
    args: [],
    cwd: '/',
    mode: 'normal',
  });
  const withOutput: { stdio: ['ignore', 'pipe', 'inherit'] } = {
    stdio: ['ignore', 'pipe', 'inherit'],
  };

  async function startIdle(signal = NO_ABORT): Promise<{ recording: Recording; pid: number }> {
    const recording = await record(idle(), signal, {
      recorderFile,
      ...withOutput,
    });
    return { recording, pid: Number(await firstLine(recording.process)) };
  }

  it('comes with the program when that is killed, and says by what', async () => {
    const { recording, pid } = await startIdle();
    process.kill(pid, 'SIGKILL');
    const { trace, result } = await readToEnd(recording);
    assert.equal(result.signal, 'SIGKILL');
    assert.equal(result.exitCode, null);
    assert.equal(trace.lanes[0].name, 'MainThread');
  });

  it('comes with the recorder when that is killed; the program runs on', async () => {
    const { recording, pid } = await startIdle();
    try {
      recording.process?.kill('SIGKILL');
      const { trace, result } = await readToEnd(recording);
      assert.ok(result.problems.some(({ kind }) => kind === 'recorder-died'));
      assert.equal(trace.lanes[0].name, 'MainThread');
      assert.ok(isAlive(pid));
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  });

  it('comes with an abort; the program runs on, and its end is waited for', async () => {
    const stopper = new AbortController();
    const { recording, pid } = await startIdle(stopper.signal);
    const exited = recording.process ? once(recording.process, 'exit') : undefined;
    stopper.abort();
    const { result } = await readToEnd(recording);
    assert.deepEqual(
      result.problems.filter(({ kind }) => kind === 'recorder-died'),
      [],
    );
    assert.ok(isAlive(pid));
    process.kill(pid, 'SIGKILL');
    assert.deepEqual(await exited, [128 + 9, null]);
  });

  it('does not come with a change of mode', async () => {
    const { recording, pid } = await startIdle();
    recording.setMode('fine');
    let isKilled = false;
    for await (const chunk of recording.chunks) {
      if (isKilled || chunk.nowNs < 1e9) continue;
      process.kill(pid, 'SIGKILL');
      isKilled = true;
    }
    assert.equal((await recording.result).mode, 'fine');
  });

  it('passes on the exit code of the program', async () => {
    const { result } = await readToEnd(
      await record(
        {
          ...idle(),
          run: { kind: 'command' },
          args: ['-c', 'import time; time.sleep(0.5); exit(7)'],
        },
        NO_ABORT,
        { recorderFile },
      ),
    );
    assert.equal(result.exitCode, 7);
  });

  it('leaves no files behind', async () => {
    const temporary = makeTemporaryFolder();
    const before = process.env.TMPDIR;
    process.env.TMPDIR = temporary.folder;
    try {
      const { recording, pid } = await startIdle();
      assert.equal(fs.readdirSync(temporary.folder).length, 1);
      process.kill(pid, 'SIGKILL');
      await readToEnd(recording);
      assert.deepEqual(fs.readdirSync(temporary.folder), []);
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      temporary.dispose();
    }
  });

  it('can be recovered from what was written, when reader and recorder have both died', async () => {
    const prepared = prepareRecording(idle(), NO_ABORT, { recorderFile });
    const child = spawn(prepared.command, prepared.args, {
      env: { ...process.env, ...prepared.env },
      ...withOutput,
    });
    const pid = Number(await firstLine(child));
    await prepared.started;
    const folder = prepared.args[1];
    child.kill('SIGKILL');
    await once(child, 'exit');
    const trace = recoverRecording(folder);
    assert.equal(trace.lanes[0].name, 'MainThread');
    assert.equal(trace.done, true);
    prepared.dispose();
    process.kill(pid, 'SIGKILL');
  });

  it('does not come with that of whoever reads: another reader goes on with it, and can stop it', async () => {
    const kept: string[] = [];
    const keep = (folder: string): void => void kept.push(folder);
    const prepared = prepareRecording(idle(), NO_ABORT, { recorderFile, keep });
    const child = spawn(prepared.command, prepared.args, {
      env: { ...process.env, ...prepared.env },
      ...withOutput,
    });
    const pid = Number(await firstLine(child));
    await prepared.started;
    prepared.dispose();
    const recording = await reopenRecording(kept[0], NO_ABORT, { recorderFile, keep });
    const startNs = Date.now();
    let isStopped = false;
    const trace = new TraceBuilder(recording.header);
    for await (const chunk of recording.chunks) {
      assert.equal(trace.appendChunk(chunk), undefined);
      // The recorder looks for its new reader now and then: the order may have to be given again.
      if (Date.now() - startNs > 700) recording.stop();
      isStopped ||= Date.now() - startNs > 700;
    }
    assert.ok(isStopped && trace.nowNs > 0.7e9);
    assert.deepEqual(
      (await recording.result).problems.filter(({ kind }) => kind === 'recorder-died'),
      [],
    );
    assert.ok(isAlive(pid));
    process.kill(pid, 'SIGKILL');
    await once(child, 'exit');
    // What was kept is still there, and the same.
    const again = await readToEnd(await reopenRecording(kept[0], NO_ABORT, { recorderFile }));
    assert.equal(again.trace.nowNs, trace.nowNs);
    assert.deepEqual(fs.existsSync(kept[0]), false);
  });

  it('comes with a disk that is full; the program runs on, and its exit code is passed on', async function () {
    const temporary = makeTemporaryFolder();
    const small = ['-t', 'tmpfs', '-o', 'size=48k', 'tmpfs', temporary.folder];
    if (spawnSync('mount', small).status !== 0) skip(this, 'only root can make a small disk');
    const before = process.env.TMPDIR;
    process.env.TMPDIR = temporary.folder;
    try {
      const threads =
        'import threading, time\ndef f():\n e = time.time() + 2\n while time.time() < e: pass\n' +
        't = [threading.Thread(target=f) for _ in range(4)]\nfor x in t: x.start()\nfor x in t: x.join()\nexit(7)';
      const recording = await record(
        { ...idle(), run: { kind: 'command' }, args: ['-c', threads] },
        NO_ABORT,
        { recorderFile, ...withOutput },
      );
      const exited = recording.process ? once(recording.process, 'exit') : undefined;
      const { trace, result } = await readToEnd(recording);
      assert.match(
        result.problems.map(({ text }) => text).join(' '),
        /could not be written on \(ENOSPC/,
      );
      assert.ok(trace.nowNs > 0 && trace.nowNs < 2e9);
      assert.deepEqual(await exited, [7, null]);
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      spawnSync('umount', ['-l', temporary.folder]);
      temporary.dispose();
    }
  });

  it('of a process that was attached to leaves it running', async () => {
    const child = spawn(python, [programFile('idle.py')], withOutput);
    await firstLine(child);
    const stopper = new AbortController();
    const recording = await attach(child.pid ?? 0, stopper.signal, { recorderFile });
    recording.setMode('fine');
    stopper.abort();
    const { trace } = await readToEnd(recording);
    assert.ok(trace.header.title.includes(`process ${child.pid ?? 0}`));
    assert.equal(child.exitCode, null);
    child.kill('SIGKILL');
  });

  it('does not come because the interpreter was deleted meanwhile, as an upgrade does', async function () {
    // One that is linked to its place in the file system finds its library from elsewhere, too.
    const system = interpreters.find(({ path: file }) => file.startsWith('/usr/bin/'));
    if (!system) skip(this, 'no interpreter of the system was found');
    const temporary = makeTemporaryFolder();
    const copy = path.join(temporary.folder, `python3.${system.minor}`);
    fs.copyFileSync(system.path, copy);
    const child = spawn(copy, [programFile('idle.py')], withOutput);
    await firstLine(child);
    temporary.dispose();
    const recording = await attach(child.pid ?? 0, NO_ABORT, { recorderFile });
    child.kill('SIGKILL');
    const { trace } = await readToEnd(recording);
    assert.equal(trace.lanes[0].name, 'MainThread');
  });

  it('keeps all that was shown of a program that is killed while it is recorded from inside', async () => {
    const recording = await record({ ...idle(), inside: 'probe' }, NO_ABORT, {
      recorderFile,
      ...withOutput,
    });
    const pid = Number(await firstLine(recording.process));
    let killedAtNs = 0;
    const trace = new TraceBuilder(recording.header);
    for await (const chunk of recording.chunks) {
      assert.equal(trace.appendChunk(chunk), undefined);
      if (killedAtNs > 0 || chunk.nowNs < 1e9) continue;
      killedAtNs = chunk.nowNs;
      process.kill(pid, 'SIGKILL');
    }
    // What the reader had when the program was killed is still there, and nothing of it was taken back.
    assert.ok(trace.nowNs >= killedAtNs && killedAtNs > 0);
    assert.equal((await recording.result).signal, 'SIGKILL');
  });

  it('comes with an abort when it is from inside, too; the program runs on', async () => {
    const stopper = new AbortController();
    const program: ProgramToRecord = { ...idle(), inside: 'probe' };
    const recording = await record(program, stopper.signal, { recorderFile, ...withOutput });
    const pid = Number(await firstLine(recording.process));
    stopper.abort();
    const { result } = await readToEnd(recording);
    assert.deepEqual(result.problems, []);
    assert.ok(isAlive(pid));
    process.kill(pid, 'SIGKILL');
  });

  it('keeps all that was shown when the recorder is killed', async () => {
    const { recording, pid } = await startIdle();
    const trace = new TraceBuilder(recording.header);
    let killedAtNs = 0;
    for await (const chunk of recording.chunks) {
      assert.equal(trace.appendChunk(chunk), undefined);
      if (killedAtNs > 0 || chunk.nowNs < 1e9) continue;
      killedAtNs = chunk.nowNs;
      recording.process?.kill('SIGKILL');
    }
    assert.ok(trace.nowNs >= killedAtNs && killedAtNs > 0);
    process.kill(pid, 'SIGKILL');
  });

  it('is from inside when the build failed its examination before, and says so', async () => {
    const temporary = makeTemporaryFolder();
    const before = process.env.XDG_CACHE_HOME;
    process.env.XDG_CACHE_HOME = temporary.folder;
    try {
      const file = fs.realpathSync(python);
      new CertificateStore(certificateFolder()).write(buildKey(file, fs.statSync(file)), {
        kind: 'failed',
        wrong: ['a line'],
        witness: 'contradicts',
      });
      const { recording, pid } = await startIdle();
      assert.equal(recording.header.certainty.states.kind, 'estimated');
      process.kill(pid, 'SIGKILL');
      const { result } = await readToEnd(recording);
      assert.equal(result.inside, 'probe');
      assert.match(result.problems.map(({ text }) => text).join(' '), /was examined before/);
    } finally {
      process.env.XDG_CACHE_HOME = before;
      temporary.dispose();
    }
  });

  async function assertRefused(promise: Promise<unknown>, sentence: RegExp): Promise<void> {
    await assert.rejects(promise, (error: unknown) => {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.message, sentence);
      return true;
    });
  }

  it('says so when the program cannot be started', async () => {
    const program: ProgramToRecord = { ...idle(), python: '/no/such/python' };
    await assertRefused(record(program, NO_ABORT, { recorderFile }), /cannot be started/);
  });

  it('says so when the program ended before it was found', async () => {
    const program: ProgramToRecord = { ...idle(), python: '/bin/true', run: { kind: 'command' } };
    await assertRefused(record(program, NO_ABORT, { recorderFile }), /ended before/);
  });

  it('says so when there is no CPython in the process', async () => {
    const child = spawn('/bin/sleep', ['60']);
    await assertRefused(attach(child.pid ?? 0, NO_ABORT, { recorderFile }), /no CPython/);
    assert.equal(child.exitCode, null);
    child.kill('SIGKILL');
  });

  for (const [what, word, value, sentence] of [
    ['newer than we know', '1', '0x03630000', /does not know the inside of this Python \(3\.99/],
    ['not laid out as it says', '2', '1', /does not know the inside of this Python \(3\.\d+/],
  ] as const) {
    it(`says so when the Python is ${what}`, async function () {
      const newest = pickInterpreter(interpreters, { from: 13 });
      if (!newest) skip(this, 'no CPython that describes itself (3.13 or later) was found');
      const child = spawn(newest.path, [programFile('disguised.py'), word, value], withOutput);
      await firstLine(child);
      await assertRefused(attach(child.pid ?? 0, NO_ABORT, { recorderFile }), sentence);
      child.kill('SIGKILL');
    });
  }

  it('says so when the Python is PyPy', async function () {
    const pypy = ['.pythons/usr/bin/pypy3', '/usr/bin/pypy3'].find(file => fs.existsSync(file));
    if (pypy === undefined) skip(this, 'no PyPy was found');
    const program: ProgramToRecord = { ...idle(), python: path.resolve(pypy) };
    await assertRefused(record(program, NO_ABORT, { recorderFile, ...withOutput }), /PyPy/);
  });

  it('says so when the process is gone', async () => {
    const child = spawn('/bin/true');
    await once(child, 'exit');
    await assertRefused(attach(child.pid ?? 0, NO_ABORT, { recorderFile }), /no process|ended/);
  });

  it('says so when the system does not allow reading the process', async function () {
    if (process.getuid?.() !== 0) skip(this, 'only root can become somebody else for a test');
    const child = spawn(python, [programFile('idle.py')], withOutput);
    await firstLine(child);
    const temporary = makeTemporaryFolder();
    try {
      const nobody = 65534;
      const file = path.join(temporary.folder, 'recorder.js');
      fs.copyFileSync(recorderFile, file);
      const request = { kind: 'process', name: 'a process', pid: child.pid };
      fs.writeFileSync(path.join(temporary.folder, 'request.json'), JSON.stringify(request));
      fs.chownSync(temporary.folder, nobody, nobody);
      const recorder = spawn(process.execPath, [file, temporary.folder], {
        uid: nobody,
        gid: nobody,
        stdio: 'inherit',
      });
      await once(recorder, 'exit');
      const reader = new SpillReader(path.join(temporary.folder, 'recording.bin'));
      const messages: string[] = [];
      for (let frame = reader.next(); frame; frame = reader.next()) {
        if (frame.kind === 'note' && frame.note.kind === 'failed')
          messages.push(frame.note.message);
      }
      reader.close();
      assert.equal(messages.length, 1);
      assert.match(messages[0], /does not allow|only by the one that started it|nobody but/);
    } finally {
      child.kill('SIGKILL');
      temporary.dispose();
    }
  });
});
