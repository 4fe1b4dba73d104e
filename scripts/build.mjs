// `npm run build` and `npm run watch`: esbuild.js, on a fresh clone too.
import { endOnSignals, run } from './processes.mjs';

/** A watch goes on until it is stopped. */
const limitMs = 2 ** 31 - 1;

/**
 * @param {readonly string[]} args for esbuild.js
 * @returns {Promise<number>} the exit code
 */
export async function main(args) {
  endOnSignals();
  return (await run(process.execPath, ['esbuild.js', ...args], { limitMs })).code ?? 1;
}
