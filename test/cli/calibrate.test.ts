// `gilscope calibrate`: figures for people, for programs, and for `gilscope simulate --costs`.

import { ok, rejects, strictEqual } from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { runCalibrateCommand } from '../../src/cli/calibrate';
import { runSimulateCommand } from '../../src/cli/simulate';
import { readCalibration } from '../../src/core/worlds/calibration';
import { UserError } from '../../src/core/errors';
import { findInterpreters, pickInterpreter } from '../engines/recorder/interpreters';
import { skip } from '../support/skip';
import { makeTemporaryFolder } from '../support/temporaryFolder';

async function outputOf(...words: string[]): Promise<string> {
  const lines: string[] = [];
  await runCalibrateCommand(words, text => lines.push(text));
  return lines.join('\n');
}

describe('gilscope calibrate', function () {
  this.timeout(120_000);

  it('writes what it found to a file that a simulation can use', async function () {
    const interpreter =
      pickInterpreter(findInterpreters()) ?? skip(this, 'there is no CPython here');
    const temporary = makeTemporaryFolder();
    try {
      const file = path.join(temporary.folder, 'costs.json');
      const text = await outputOf('--python', interpreter.path, '--out', file);
      ok(text.startsWith(`CPython ${interpreter.version}, `), text);
      ok(/^spawnChildNs .* 89 ms +core time of a new process/m.test(text), text);
      ok(/^tickGapNs .* needs Python 2$/m.test(text), text);
      strictEqual(readCalibration(JSON.parse(fs.readFileSync(file, 'utf8'))).ok, true);
      const lines: string[] = [];
      runSimulateCommand(['media/samples/cpu_bound.py', '--costs', file], line => lines.push(line));
      ok(lines.join('\n').includes(`costs calibrated on CPython ${interpreter.version}`));
    } finally {
      temporary.dispose();
    }
  });

  it('explains itself', async () => {
    for (const word of ['--help', '-h'])
      ok((await outputOf(word)).startsWith('usage: gilscope calibrate'));
  });

  it('refuses in one sentence what it cannot read', async () => {
    const refusals = [
      [['--python'], "Option '--python <value>' argument missing; see gilscope calibrate --help."],
      [['--pythn', 'x'], 'There is no option --pythn; see gilscope calibrate --help.'],
      [['--python=no-such-python', '--out=x.json'], 'There is no Python at “no-such-python”.'],
      [['--python', 'no-such-python'], 'There is no Python at “no-such-python”.'],
    ] as const;
    for (const [words, sentence] of refusals) {
      await rejects(outputOf(...words), error => {
        ok(error instanceof UserError && error.message.startsWith(sentence), String(error));
        return true;
      });
    }
  });
});
