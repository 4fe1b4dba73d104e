// Random kills of the program, the recorder, the command line and the editor’s host: nothing of the program changes, little is lost, and
// nothing stays.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as later } from 'node:timers/promises';

import { validateTrace } from '../../../src/core/model/validateTrace';
import { recoverRecording } from '../../../src/engines/recorded';
import { childrenOf, isAlive, readText } from '../../../src/engines/recorder/system/processMaps';
import { recorderLives } from '../../../src/engines/recorder/file/recordingFolders';
import { buildCommandLine } from '../../support/commandLine';
import { skip } from '../../support/skip';
import { makeTemporaryFolder } from '../../support/temporaryFolder';
import { bundleOf } from '../workers/workersBundle';
import { findInterpreters, pickInterpreter } from './interpreters';
import { buildRecorder } from './recordings';

/** Kills in the tests; the variable GIL_SCOPE_KILLS asks for another number, such as a hundred. */
const KILLS = Number(process.env.GIL_SCOPE_KILLS ?? '') || 12;
/** Counts in a file, so that it is known how far it came. */
const PROGRAM = `
import sys, threading, time
end = time.time() + 1.5
def count():
    while time.time() < end: pass
threads = [threading.Thread(target=count) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
open(sys.argv[1], 'w').write('done')
`;
const VICTIMS = ['program', 'recorder', 'command line', 'host'] as const;

interface Running {
  readonly child: ChildProcess;
  readonly place: string;
  readonly mark: string;
  readonly ended: Promise<unknown[]>;
  readonly told: Promise<string>;
}

/** What a host says of how its recorder is to be started. */
interface Told {
  readonly command: string;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

async function textOf({ stderr }: ChildProcess): Promise<string> {
  assert.ok(stderr);
  let text = '';
  for await (const chunk of stderr.setEncoding('utf8')) text += String(chunk);
  return text;
}

async function firstLineOf({ stdout }: ChildProcess): Promise<Told> {
  assert.ok(stdout);
  let text = '';
  for await (const chunk of stdout.setEncoding('utf8')) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return JSON.parse(text) as Told;
}

function durationIn(report: string): number {
  const value: unknown = JSON.parse(report);
  assert.ok(typeof value === 'object' && value !== null && 'durationNs' in value, report);
  assert.ok(typeof value.durationNs === 'number');
  return value.durationNs / 1e6;
}

describe('a kill at a random moment', function () {
  this.timeout(60_000 + KILLS * 20_000);
  const temporary = makeTemporaryFolder();
  let python = '';
  let commandLine = '';
  let host: Awaited<ReturnType<typeof bundleOf>> | undefined;
  let recorderFile = '';
  const lostMs: number[] = [];
  before(async function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    const interpreter = pickInterpreter(findInterpreters());
    python = interpreter?.path ?? skip(this, 'no CPython 3.8 to 3.15 was found');
    commandLine = buildCommandLine(temporary.folder);
    host = await bundleOf('test/engines/recorder/hostOfRecording.ts');
    recorderFile = buildRecorder();
  });
  after(function () {
    temporary.dispose();
    host?.dispose();
    fs.rmSync(recorderFile, { force: true });
    if (lostMs.length > 0)
      console.log(
        `      not recorded of the time before the end, the recorder's own start included: ${lostMs.join(', ')} ms`,
      );
  });

  function start(name: string): Running {
    const place = path.join(temporary.folder, name);
    const mark = path.join(temporary.folder, `${name}.done`);
    fs.mkdirSync(place);
    const words = [commandLine, 'record', '--json', '--', python, '-c', PROGRAM, mark];
    const child = spawn(process.execPath, words, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TMPDIR: place },
    });
    return { child, place, mark, ended: once(child, 'close'), told: textOf(child) };
  }
  const folderIn = (place: string): string | undefined =>
    fs.readdirSync(place).map(name => path.join(place, name))[0];
  const sizeIn = (place: string): number => {
    const folder = folderIn(place) ?? place;
    const file = path.join(folder, 'recording.bin');
    return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  };
  /** The processes of a recording: the recorder is the child of the command line, the program that of the recorder. */
  const familyOf = ({ child }: Running): { recorder: number; program: number } => {
    const [recorder] = childrenOf(child.pid ?? 0);
    const program = childrenOf(recorder).find(pid =>
      (readText(`/proc/${pid}/cmdline`) ?? '').includes('time.time()'),
    );
    return { recorder, program: program ?? 0 };
  };

  /** Waits until the recording has begun, and a moment longer. */
  async function someTimeIn(running: Running): Promise<{ recorder: number; program: number }> {
    while (sizeIn(running.place) < 1500) await later(10);
    await later(Math.random() * 800);
    return familyOf(running);
  }

  for (let kill = 0; kill < KILLS; kill++) {
    const victim = VICTIMS[kill % VICTIMS.length];
    if (victim === 'host') {
      it(`of the host leaves recorder and program alone (${kill + 1} of ${KILLS})`, () =>
        killHost(`kill-${kill}`));
      continue;
    }
    it(`of the ${victim} leaves everything else as it should be (${kill + 1} of ${KILLS})`, async () => {
      const running = start(`kill-${kill}`);
      const { recorder, program } = await someTimeIn(running);
      const beganMs = fs.statSync(path.join(folderIn(running.place) ?? '', 'process')).mtimeMs;
      const killedMs = performance.timeOrigin + performance.now();
      const target = victim === 'program' ? program : victim === 'recorder' ? recorder : undefined;
      process.kill(target ?? running.child.pid ?? 0, 'SIGKILL');
      const [code, signal] = await running.ended;
      if (victim === 'program') {
        assert.equal(code, 128 + 9);
        assert.deepEqual(fs.readdirSync(running.place), []);
        return;
      }
      // The program does not notice.
      while (!fs.existsSync(running.mark)) await later(10);
      if (victim === 'recorder') {
        assert.equal(code, 128 + 9);
        assert.deepEqual(fs.readdirSync(running.place), []);
        lostMs.push(Math.round(killedMs - beganMs - durationIn(await running.told)));
        return;
      }
      assert.equal(signal, 'SIGKILL');
      const folder = folderIn(running.place) ?? '';
      while (recorderLives(folder) || isAlive(program)) await later(10);
      const trace = recoverRecording(folder);
      assert.equal(validateTrace(trace), undefined);
      // What was recorded goes on until the program's end, which is noted a moment after its mark.
      const markedMs = fs.statSync(running.mark).mtimeMs;
      assert.ok(markedMs > killedMs);
      lostMs.push(Math.round(markedMs - beganMs - trace.nowNs / 1e6));
      fs.rmSync(folder, { recursive: true });
    });
  }

  /** The host only reads along: the terminal's recorder goes on to the end of the program, and all of it is there. */
  async function killHost(name: string): Promise<void> {
    const place = path.join(temporary.folder, name);
    const mark = path.join(temporary.folder, `${name}.done`);
    fs.mkdirSync(place);
    assert.ok(host);
    const words = [host.file, recorderFile, python, '-c', PROGRAM, mark];
    const env = { ...process.env, TMPDIR: place };
    const reader = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'], env });
    const ended = once(reader, 'close');
    const told = await firstLineOf(reader);
    const recorder = spawn(told.command, told.words, {
      stdio: 'ignore',
      env: { ...env, ...told.env },
    });
    const recorderEnded = once(recorder, 'close');
    while (sizeIn(place) < 1500) await later(10);
    await later(Math.random() * 800);
    const folder = folderIn(place) ?? '';
    const beganMs = fs.statSync(path.join(folder, 'process')).mtimeMs;
    process.kill(reader.pid ?? 0, 'SIGKILL');
    assert.deepEqual(await ended, [null, 'SIGKILL']);
    assert.deepEqual(await recorderEnded, [0, null]);
    assert.ok(fs.existsSync(mark), 'the program came to its end');
    const trace = recoverRecording(folder);
    assert.equal(validateTrace(trace), undefined);
    lostMs.push(Math.round(fs.statSync(mark).mtimeMs - beganMs - trace.nowNs / 1e6));
  }

  it('leaves no process behind', () => {
    const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    const left = stdout.split('\n').filter(line => line.includes(temporary.folder));
    assert.deepEqual(left, []);
  });
});
