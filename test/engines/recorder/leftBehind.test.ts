// Recordings that were called off before they began, or are thrown away while they run.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as later } from 'node:timers/promises';

import {
  discardRecording,
  isRecordingUnderWay,
  prepareRecording,
  record,
  type PreparedRecording,
} from '../../../src/engines/recorded';
import { makeTemporaryFolder } from '../../support/temporaryFolder';
import { skip } from '../../support/skip';
import { findInterpreters, pickInterpreter } from './interpreters';
import { buildRecorder, programFile } from './recordings';

const NO_ABORT = new AbortController().signal;

describe('a recording that nobody wants any more', function () {
  this.timeout(30_000);
  const temporary = makeTemporaryFolder();
  let recorderFile = '';
  let python = '';
  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    python =
      pickInterpreter(findInterpreters())?.path ?? skip(this, 'no CPython 3.8 to 3.15 was found');
    recorderFile = buildRecorder();
  });
  after(() => temporary.dispose());

  /** A program that leaves a file behind when it runs. */
  function prepared(mark: string): PreparedRecording {
    const code = `open(${JSON.stringify(mark)}, 'w').close(); import time; time.sleep(20)`;
    return prepareRecording(
      { python, run: { kind: 'command' }, args: ['-c', code], cwd: '/', mode: 'light' },
      NO_ABORT,
      { recorderFile },
    );
  }
  const command = ({ command: file, args, env }: PreparedRecording) =>
    [file, [...args], { env: { ...process.env, ...env } }] as const;

  it('never begins, even if the terminal that was too slow starts it after all', () => {
    const mark = path.join(temporary.folder, 'ran too late');
    const late = prepared(mark);
    late.started.catch(() => undefined);
    assert.equal(late.callOff(), true);
    const [file, args, options] = command(late);
    const { status } = spawnSync(file, args, { ...options, timeout: 20_000 });
    assert.notEqual(status, null, 'it ended by itself');
    assert.equal(fs.existsSync(mark), false);
  });

  it('cannot be called off once it has begun, so that no program runs twice', async () => {
    const mark = path.join(temporary.folder, 'ran once');
    const begun = prepared(mark);
    const [file, args, options] = command(begun);
    const child = spawn(file, args, { ...options, stdio: 'ignore' });
    const ended = once(child, 'exit');
    const { chunks } = await begun.started;
    while (!fs.existsSync(mark)) await later(20);
    assert.equal(begun.callOff(), false);
    child.kill('SIGTERM');
    await ended;
    for await (const { done } of chunks) if (done) break;
  });

  it('says that it was given up when a person did not want to wait for its Python', async () => {
    const program = { python: '/bin/sleep', run: { kind: 'command' as const }, args: ['3'] };
    const giveUp = new AbortController();
    const options = { recorderFile, stdio: 'ignore' as const };
    const never = record({ ...program, cwd: '/' }, giveUp.signal, options);
    await later(500);
    giveUp.abort();
    await assert.rejects(never, /was given up before a Python was found/);
  });

  it('has told the exit code when its own terminal closes, of which the editor would complain again', async () => {
    const begun = prepareRecording(
      {
        python: '/no/such/python',
        run: { kind: 'command' },
        args: [],
        cwd: '/',
        holdsTerminal: true,
      },
      NO_ABORT,
      { recorderFile },
    );
    const [file, args, options] = command(begun);
    const { status } = spawnSync(file, args, { ...options, timeout: 20_000 });
    assert.equal(status, 0);
    await assert.rejects(begun.started, /cannot be started/);
  });

  it('is ended when it is thrown away; its files go, its program runs on', async () => {
    let folder = '';
    const keep = (made: string): void => {
      folder = made;
    };
    const run = { kind: 'script', file: programFile('idle.py') } as const;
    const begun = prepareRecording({ python, run, args: [], cwd: '/' }, NO_ABORT, {
      recorderFile,
      keep,
    });
    const [file, args, options] = command(begun);
    const recorder = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
    const program = Number(await firstLine(recorder));
    try {
      await begun.started;
      begun.dispose(); // the window is gone
      assert.ok(isRecordingUnderWay(folder));
      await discardRecording(folder, { recorderFile });
      assert.equal(fs.existsSync(folder), false);
      assert.equal(process.kill(program, 0), true, 'the program runs on');
      assert.deepEqual(deletedFilesOf(recorder.pid), [], 'nothing is written where nobody reads');
    } finally {
      process.kill(program, 'SIGKILL');
    }
  });
});

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  assert.ok(stdout);
  const [chunk] = (await once(stdout, 'data')) as [Buffer];
  return chunk.toString().trim();
}

/** Files that a process has open although they were removed. */
function deletedFilesOf(pid: number | undefined): string[] {
  const folder = `/proc/${pid}/fd`;
  const links = fs.readdirSync(folder).map(fd => fs.readlinkSync(path.join(folder, fd)));
  return links.filter(link => link.includes('gil-recording-'));
}
