// `gilscope show` and the flight recorder: the report of a saved trace, and the last part of a recording that stalls.

import { match, ok, strictEqual } from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { flightOf } from '../../src/cli/flight';
import { simulate } from '../../src/core/machine/machine';
import { readTraceJson, writeTraceJson } from '../../src/formats/traceJson';
import { findInterpreters, pickInterpreter } from '../engines/recorder/interpreters';
import { buildCommandLine } from '../support/commandLine';
import { skip } from '../support/skip';
import { program } from '../support/stories';
import { makeTemporaryFolder } from '../support/temporaryFolder';

/** One thread sorts for long, again and again; the other wants the GIL meanwhile. */
const STALLING = `
import threading, time
rows = [(i * 7919) % 1000003 for i in range(1500000)]
def tick():
    while not over: time.sleep(0.001)
over = False
ticker = threading.Thread(target=tick, name='ticker')
ticker.start()
end = time.time() + 2.5
while time.time() < end: sorted(rows)
over = True
ticker.join()
`;

describe('gilscope show', function () {
  this.timeout(90_000);
  const temporary = makeTemporaryFolder();
  const inFolder = (name: string): string => path.join(temporary.folder, name);
  let commandLine = '';
  before(() => {
    commandLine = buildCommandLine(temporary.folder);
    const plan = program`
      A  compute 50ms
      B  compute 50ms
    `;
    const conditions = { cores: 4, switchIntervalNs: 5e6, seed: 1 };
    const trace = simulate({ program: plan, runtime: 'gil', conditions });
    fs.writeFileSync(inFolder('saved.json'), writeTraceJson(trace));
  });
  after(() => temporary.dispose());

  function run(...words: readonly string[]): SpawnSyncReturns<string> {
    return spawnSync(process.execPath, [commandLine, ...words], {
      encoding: 'utf8',
      cwd: temporary.folder,
    });
  }

  it('prints the report of a saved trace, as text and as JSON', () => {
    const text = run('show', 'saved.json');
    strictEqual(text.status, 0, text.stderr);
    match(text.stdout, /held\s+waited/);
    const json = JSON.parse(run('show', '--json', 'saved.json').stdout) as Record<string, unknown>;
    strictEqual(json.headline, 'serialised');
    strictEqual(json.recorder, null);
  });

  it('says what is wrong with a file or an option', () => {
    for (const words of [['none.json'], ['--fast', 'saved.json'], [], ['a.json', 'b.json']]) {
      const { status, stderr } = run('show', ...words);
      strictEqual(status, 2);
      match(stderr, /cannot be read|no option|one file/);
    }
  });

  it('shows what the flight recorder saved when something stood still', function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    const python = pickInterpreter(findInterpreters())?.path;
    if (python === undefined) skip(this, 'no CPython 3.8 to 3.15 was found');
    const options = ['--keep', '1s', '--on-stall=100ms', '--trace', 'flight.json'];
    const { status, stderr } = run('record', ...options, '--', python, '-c', STALLING);
    strictEqual(status, 0, stderr);
    match(stderr, /waited .* for the GIL\. The last 1 s are in flight-1\.json/);
    const saved = readTraceJson(fs.readFileSync(inFolder('flight-1.json'), 'utf8'));
    ok(saved.nowNs <= 1e9, `${saved.nowNs} ns were kept`);
    strictEqual(run('show', 'flight-1.json').status, 0);
  });
});

describe('the options of the flight recorder', () => {
  const read = (...options: readonly (readonly [string, string])[]) => flightOf(new Map(options));

  it('have defaults for what is not said', () => {
    strictEqual(read(['--mode', 'light']), undefined);
    const stall = read(['--on-stall', '100ms']);
    ok(typeof stall === 'object');
    strictEqual(stall.keepNs, 30e9);
    const keep = read(['--keep', '2s']);
    ok(typeof keep === 'object');
    strictEqual(keep.stallNs, undefined);
  });

  it('are refused in a sentence when they are no times', () => {
    for (const options of [
      ['--keep', '30'],
      ['--keep', '5ms'],
      ['--on-stall', '0ms'],
      ['--on-stall', 'x'],
    ])
      strictEqual(typeof read([options[0], options[1]]), 'string');
  });
});
