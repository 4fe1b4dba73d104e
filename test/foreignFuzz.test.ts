// Every reader of other programs' files on damaged ones: a trace that holds together, or a sentence, never an exception.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, it } from 'mocha';
import { UserError } from '../src/core/errors';
import { verdictOf } from '../src/core/insight/verdict';
import { validateTrace } from '../src/core/model/validateTrace';
import { readTrace } from '../src/formats/formats';
import type { Dice } from './support/fuzz';
import { damaged, FUZZ_INPUTS, FUZZ_TIMEOUT_MS, fuzz } from './support/fuzz';

/** A part of a file that is still one: so many inputs of a whole one would take hours. */
const SEED_BYTES = 20_000;

function seedOf(name: string): Buffer {
  const bytes = readFileSync(path.join('test', 'formats', 'foreign', name));
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
}

/** A trace that can be shown, or a sentence. */
function readOrRefused(input: string | Uint8Array): void {
  try {
    const { trace } = readTrace('a file', input);
    assert.equal(validateTrace(trace), undefined);
    assert.match(verdictOf(trace).sentence, /\.$/);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    assert.match(error.message, /\S/);
  }
}

/** Bytes with a few damages; as a text of one character a byte, so that a failure can be told. */
function damagedBytes(seed: Buffer, dice: Dice): string {
  const bytes = Buffer.from(seed);
  for (let damage = dice.below(6); damage >= 0; damage--) {
    const at = dice.below(dice.of([64, bytes.length]));
    bytes[at] = dice.of([0, 1, 127, 128, 255, dice.below(256)]);
  }
  const kept = dice.below(3) === 0 ? dice.below(bytes.length) : bytes.length;
  return bytes.subarray(0, kept).toString('latin1');
}

describe(`${FUZZ_INPUTS.toLocaleString('en')} damaged inputs each`, () => {
  const texts = [
    ...['perf-computing.txt', 'per4m-computing.json.gz', 'pyspy-computing.json.gz'],
    ...['viztracer-computing.json', 'torch-one-thread.json.gz', 'ray-tasks.json.gz'],
    ...['sampler-computing.gecko.json.gz', 'pyinstrument-totals.speedscope.json'],
  ];
  for (const [number, name] of texts.entries())
    it(`like ${name} are read, or refused with a sentence`, () => {
      const seed = seedOf(name).toString('utf8').replace('pyinstrument', 'a program');
      const part = name.includes('gecko') ? seed : seed.slice(0, SEED_BYTES);
      fuzz(10 + number, dice => damaged(part, dice), readOrRefused);
    }).timeout(FUZZ_TIMEOUT_MS);

  it('like a text of Austin are read, or refused with a sentence', () => {
    const seed = '# austin: 3.7.0\nP7;T0:9;a.py:main:1;a.py:work:5 250,1,0\nP7;T0:7;a.py:f:3 10\n';
    fuzz(30, dice => damaged(seed, dice), readOrRefused);
  }).timeout(FUZZ_TIMEOUT_MS);

  const binaries = ['sampler-mixed.bin', 'sampler-computing.zstd.bin', 'austin-computing.mojo.gz'];
  for (const [number, name] of binaries.entries())
    it(`like ${name} are read, or refused with a sentence`, () => {
      const seed = seedOf(name);
      fuzz(
        40 + number,
        dice => damagedBytes(seed, dice),
        input => readOrRefused(Buffer.from(input, 'latin1')),
      );
    }).timeout(FUZZ_TIMEOUT_MS);
});
