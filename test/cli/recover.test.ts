// `gilscope recover` after `gilscope record` was killed: what was recorded is found, shown, and swept in time.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as later } from 'node:timers/promises';

import { readTraceJson } from '../../src/formats/traceJson';
import { findInterpreters, pickInterpreter } from '../engines/recorder/interpreters';
import { buildCommandLine } from '../support/commandLine';
import { skip } from '../support/skip';
import { makeTemporaryFolder } from '../support/temporaryFolder';

const DAY_S = 24 * 3600;

describe('gilscope recover', function () {
  this.timeout(60_000);
  const temporary = makeTemporaryFolder();
  const place = path.join(temporary.folder, 'tmp');
  const trace = path.join(temporary.folder, 'trace.json');
  let python = '';
  let commandLine = '';
  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    const interpreter = pickInterpreter(findInterpreters());
    python = interpreter?.path ?? skip(this, 'no CPython 3.8 to 3.15 was found');
    commandLine = buildCommandLine(temporary.folder);
    fs.mkdirSync(place);
  });
  after(() => temporary.dispose());

  function run(...words: readonly string[]): SpawnSyncReturns<string> {
    return spawnSync(process.execPath, [commandLine, ...words], {
      encoding: 'utf8',
      env: { ...process.env, TMPDIR: place },
    });
  }
  const folders = (): string[] => fs.readdirSync(place).map(name => path.join(place, name));

  /** Kills `gilscope record` while its program computes; comes back when the program has ended. */
  async function killedRecording(): Promise<void> {
    const mark = path.join(temporary.folder, 'done');
    fs.rmSync(mark, { force: true });
    const code = `import time\nend = time.time() + 1.5\nwhile time.time() < end: pass\nopen(${JSON.stringify(mark)}, 'w')`;
    const words = [commandLine, 'record', '--trace', trace, '--', python, '-c', code];
    const child = spawn(process.execPath, words, {
      stdio: 'ignore',
      env: { ...process.env, TMPDIR: place },
    });
    const grown = (): boolean =>
      folders().some(folder => {
        const file = path.join(folder, 'recording.bin');
        return (fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 2000;
      });
    while (!grown()) await later(20);
    child.kill('SIGKILL');
    await once(child, 'exit');
    while (!fs.existsSync(mark) || folders().some(isUnderWay)) await later(20);
  }
  const isUnderWay = (folder: string): boolean =>
    fs.existsSync(path.join(folder, 'recording.bin.reserve'));

  it('finds nothing where nothing was left', () => {
    assert.equal(run('recover').stdout, 'No recording was left behind.\n');
  });

  it('lists and shows a recording whose reader was killed, and writes its trace', async () => {
    await killedRecording();
    assert.equal(fs.existsSync(trace), false, 'a trace without anything in it is none');
    const [folder] = folders();
    assert.match(run('recover').stdout, new RegExp(`^${folder}  python\\S*  .* ago  \\d+ kB\\n$`));
    const { status, stderr } = run('recover', '--trace', trace, folder);
    assert.equal(status, 0);
    assert.match(stderr, /^MainThread +[\d.]+ m?s/m);
    assert.doesNotMatch(stderr, /unexpectedly/, 'the recorder wrote to the end');
    const read = readTraceJson(fs.readFileSync(trace, 'utf8'));
    assert.ok(read.nowNs > 1.3e9, 'all of the program is there');
    const json: unknown = JSON.parse(run('recover', '--json', folder).stderr);
    assert.ok(typeof json === 'object' && json !== null && 'threads' in json);
  });

  it('says in a sentence what cannot be shown', () => {
    const nothing = run('recover', path.join(place, 'gil-recording-none'));
    assert.equal(nothing.status, 125);
    assert.match(nothing.stderr, /no folder of a recording/);
    const empty = path.join(place, 'gil-recording-empty');
    fs.mkdirSync(empty, { mode: 0o700 });
    const gone = run('recover', empty);
    assert.equal(gone.status, 125);
    assert.match(gone.stderr, /files of this recording are gone/);
    fs.writeFileSync(
      path.join(empty, 'request.json'),
      JSON.stringify({ kind: 'process', name: 'x', pid: 1 }),
    );
    const begun = run('recover', empty);
    assert.equal(begun.status, 125);
    assert.match(begun.stderr, /ended before/);
    fs.rmSync(empty, { recursive: true });
    assert.equal(run('recover', '--trace').status, 2);
    assert.equal(run('recover', '--other').status, 2);
    assert.equal(run('recover', 'a', 'b').status, 2);
  });

  it('finds it gone when the next recording is made after 14 days', async () => {
    const [folder] = folders();
    const setAge = (days: number): void => {
      const used = Date.now() / 1000 - days * DAY_S;
      for (const name of fs.readdirSync(folder)) fs.utimesSync(path.join(folder, name), used, used);
      fs.utimesSync(folder, used, used);
    };
    setAge(13);
    run('record', '--', python, '-c', 'pass');
    assert.ok(fs.existsSync(folder));
    setAge(15);
    run('record', '--', python, '-c', 'pass');
    await later(0);
    assert.deepEqual(folders(), []);
  });
});
