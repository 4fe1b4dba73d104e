// The rules on code that was not written for them: the standard library of the newest Python of this machine.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'mocha';
import { Analyser } from '../../../src/analysis/analyser';
import { RULES } from '../../../src/analysis/advice/rules';
import { findInterpreters, pickInterpreter } from '../../engines/recorder/interpreters';
import { skip } from '../../support/skip';

const QUESTION = 'import sysconfig; print(sysconfig.get_paths()["stdlib"])';

/** Modules and packages, without tests and what was installed besides. */
function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      name => name.endsWith('.py') && !/(?:^|\/)(?:test|tests|site-packages|idlelib)\//.test(name),
    )
    .map(name => path.join(folder, name))
    .filter(file => existsSync(file)); // Debian links files that another package brings
}

describe('the standard library', () => {
  it('is read without an exception, and gets little advice', function () {
    const newest = pickInterpreter(findInterpreters());
    if (!newest) return skip(this, 'there is no CPython on this machine');
    const folder = execFileSync(newest.path, ['-I', '-c', QUESTION], { encoding: 'utf8' }).trim();
    const files = filesOf(folder);
    let constructCount = 0;
    const found: string[] = [];
    const times = files.map(file => {
      const source = readFileSync(file, 'utf8');
      const startedMs = performance.now();
      const analyser = new Analyser(path.basename(file));
      analyser.update(source);
      constructCount += analyser.constructs().length;
      for (const { ruleId, fromLine, from, to } of analyser.advice(RULES)) {
        assert.ok(from < to && to <= source.length, file);
        found.push(`${ruleId} ${path.relative(folder, file)}:${fromLine}`);
      }
      analyser.assumedProgram();
      return { file, ms: performance.now() - startedMs };
    });
    times.sort((a, b) => a.ms - b.ms);
    const [middle, slowest] = [times[Math.floor(times.length / 2)], times[times.length - 1]];
    console.log(
      `      Python ${newest.version}: ${files.length} files, ${constructCount} constructs; ` +
        `${middle.ms.toFixed(1)} ms in the middle, ${slowest.ms.toFixed(0)} ms for ${path.relative(folder, slowest.file)}`,
    );
    for (const line of found) console.log(`      ${line}`);
    assert.ok(files.length > 300 && constructCount >= 10, `${files.length} ${constructCount}`);
    // Code that thousands have read: more advice than for one file in fifty would be noise.
    assert.ok(found.length <= files.length / 50, `${found.length}`);
  }).timeout(300_000);
});
