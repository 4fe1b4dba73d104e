// Probes of calls: that the data has them, what real Pythons answer, and what is made of nonsense.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { releaseRows } from '../../src/analysis/knowledge/releases';
import {
  agreementOf,
  caseText,
  readKeptResult,
  readProbeOutput,
} from '../../src/core/worlds/gilProbe';
import { probeCall, probeCases, probedNames, probeOf } from '../../src/engines/gilProbe';
import { findInterpreters } from './recorder/interpreters';
import { pick, someOf } from '../support/depth';
import { noteSecondTry } from '../support/onABusyMachine';
import { skip } from '../support/skip';
import { makeTemporaryFolder } from '../support/temporaryFolder';

const NEVER = new AbortController().signal;

describe('the probes', () => {
  const rows = new Map(releaseRows().map(row => [row.name, row]));

  it('are of calls that the release data knows, with words for what each measures', () => {
    assert.ok(probedNames().length > 160);
    for (const name of probedNames()) {
      assert.ok(rows.has(name), name);
      for (const { label, call } of probeOf(name) ?? [])
        assert.ok(label !== '' && call !== '', name);
    }
    assert.equal(probeOf('constructor'), undefined);
  });

  const all = findInterpreters();
  const ends = all.length > 2 ? [all[0], all[all.length - 1]] : all;

  for (const { path: python, version } of pick(all, ends)) {
    it(`find on CPython ${version} what the release data says`, async function () {
      this.timeout(600_000);
      const names = pick(probedNames(), someOf(probedNames(), 30));
      const { differing, measuredCount } = await differingOf(python, names);
      assert.ok(measuredCount >= names.length * 0.8, `${measuredCount} cases were measured`);
      let left = differing;
      // What other work on the machine disturbs is measured again; what the call really does comes out every time.
      for (let round = 0; round < 2 && left.length > 0; round++) {
        noteSecondTry(`another answer for ${left.join(', ')}`);
        left = (await differingOf(python, left)).differing;
      }
      assert.deepEqual(left, []);
    });
  }

  if (all.length === 0)
    it('find on a real CPython what the release data says', function () {
      skip(this, 'there is no CPython 3.8 or later on this machine');
    });

  /** Which of these calls an interpreter says something else of than the release data. */
  async function differingOf(
    python: string,
    names: readonly string[],
  ): Promise<{ readonly differing: readonly string[]; readonly measuredCount: number }> {
    const cases = names.flatMap(name => probeOf(name) ?? []);
    const result = await probeCases(python, cases, NEVER, { limitMs: 400_000 });
    let next = 0;
    const differing = names.filter(name => {
      const own = result.cases.slice(next, (next += probeOf(name)?.length ?? 0));
      return agreementOf({ ...result, cases: own }, rows.get(name)?.gil ?? 'depends') === 'differs';
    });
    const measured = result.cases.filter(({ missing }) => missing === '');
    return { differing, measuredCount: measured.length };
  }
});

describe('a probe that goes wrong', () => {
  const CASES = [{ label: '4 MB' }];
  const printed = (told: unknown) => JSON.stringify(told);
  const python = { implementation: 'CPython', version: '3.12.1', gil: true };

  it('says that there is no Python of that name', async () => {
    await assert.rejects(probeCall('/no/such/python', 'time.sleep', NEVER), /no Python at/);
  });

  it('says that nobody has written one', async () => {
    await assert.rejects(probeCall('python3', 'nonsense', NEVER), /no probe for nonsense/);
  });

  it('is stopped when a person gives up', async function () {
    const [first] = findInterpreters();
    if ((first as unknown) === undefined) return skip(this, 'there is no CPython here');
    const abort = new AbortController();
    const temporary = makeTemporaryFolder();
    const begun = path.join(temporary.folder, 'begun');
    const setup = `open(${JSON.stringify(begun)}, 'w').close()`;
    const forever = [{ label: 'for ever', setup, call: 'while True:\n    pass' }];
    const probing = probeCases(first.path, forever, abort.signal);
    while (!fs.existsSync(begun)) await new Promise(resolve => setTimeout(resolve, 20));
    abort.abort();
    await assert.rejects(probing, /cancelled/);
    temporary.dispose();
  });

  const odd: [string, string, RegExp][] = [
    ['no JSON', 'hello', /Is it a Python/],
    ['another Python', printed({ python: { implementation: 'PyPy', version: '7' } }), /PyPy 7/],
    ['a share above 1', printed({ python, cases: [{ callNs: 1, share: 2 }] }), /cannot be/],
    ['a negative time', printed({ python, cases: [{ callNs: -1, share: 0 }] }), /cannot be/],
    ['cases that are missing', printed({ python }), /cannot be/],
  ];
  for (const [what, output, message] of odd) {
    it(`does not take ${what} for a measurement`, () => {
      assert.throws(() => readProbeOutput(output, CASES, 'python3'), message);
    });
  }

  it('is told apart from a call that keeps the GIL', () => {
    const told = printed({ python, cases: [{ missing: 'No module named numpy' }] });
    const result = readProbeOutput(told, CASES, 'python3');
    assert.equal(agreementOf(result, 'holds'), 'unclear');
    assert.equal(caseText(result.cases[0]), '4 MB: not measured (No module named numpy)');
  });
});

describe('what a probe found', () => {
  const of = (share: number, gil = true) => ({
    python: 'CPython 3.12.1',
    gil,
    cases: [{ label: '4 MB', callNs: 2_400_000, share, missing: '' }],
  });

  it('is said in words', () => {
    assert.equal(caseText(of(0.96).cases[0]), '4 MB: releases the GIL for 96 % of 2.4 ms');
    assert.equal(caseText(of(0).cases[0]), '4 MB: keeps the GIL for all of 2.4 ms');
  });

  it('agrees with the data, differs, or settles nothing', () => {
    assert.equal(agreementOf(of(0.4), 'releases'), 'agrees');
    assert.equal(agreementOf(of(0), 'releases'), 'differs');
    assert.equal(agreementOf(of(0.4), 'holds'), 'differs');
    assert.equal(agreementOf(of(0), 'depends'), 'unclear');
    assert.equal(agreementOf(of(0, false), 'releases'), 'unclear');
  });

  it('is checked again when it is read back', () => {
    assert.deepEqual(readKeptResult(JSON.parse(JSON.stringify(of(0.5)))), of(0.5));
    assert.deepEqual(readKeptResult({ ...of(0.5), cases: [{ label: 'x', share: 7 }] })?.cases, []);
    assert.equal(readKeptResult('x'), undefined);
  });
});
