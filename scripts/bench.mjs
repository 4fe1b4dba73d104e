// Runs the benchmarks, each a script of its own that prints a table, one after another.
import fs from 'node:fs';
import path from 'node:path';
import { endOnSignals, run } from './processes.mjs';
import { UserError } from './userError.mjs';

const limitMs = 15 * 60_000;

/**
 * @param {readonly string[]} words only benchmarks with one of these in their name; all if there are none
 * @returns {Promise<number>} the exit code
 */
export async function main(words) {
  endOnSignals();
  await build();
  const files = fs
    .readdirSync('out/test', { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.bench.cjs'))
    .filter(file => words.length === 0 || words.some(word => file.includes(word)))
    .sort();
  if (files.length === 0)
    throw new UserError(`There is no benchmark named ${words.join(' or ') || 'anything'}.`);
  let failures = 0;
  for (const file of files) {
    console.log(`\n── ${file}`);
    const { code, problem } = await run(process.execPath, [path.join('out/test', file)], {
      limitMs,
    });
    if (problem) console.error(`${file} ${problem}.`);
    if (code !== 0) failures += 1;
  }
  return failures === 0 ? 0 : 1;
}

/** Benchmarks measure what ships: the minified bundles. */
async function build() {
  for (const args of [
    ['esbuild.js', '--production'],
    ['esbuild.js', '--tests'],
  ]) {
    const { code } = await run(process.execPath, args, { limitMs });
    if (code !== 0) throw new UserError('The build failed (its reason is above).');
  }
}
