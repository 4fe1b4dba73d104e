// Inputs for fuzzers: seeds and small damages to them, the same ones at each run.

import { pick } from './depth';

/** How many inputs a fuzzer tries. `GILSCOPE_FUZZ` says another number: 1000000 for a night. */
export const FUZZ_INPUTS = Number(process.env.GILSCOPE_FUZZ ?? pick(20_000, 500));

/** The first input's number: a long run in pieces begins each piece where the one before ended. */
const FIRST_INPUT = Number(process.env.GILSCOPE_FUZZ_FROM ?? 0);

/** Mocha's time for a fuzzer: an input that takes seconds ends it all the same, because the others do not. */
export const FUZZ_TIMEOUT_MS = 60_000 + FUZZ_INPUTS * 50;

/** Whole numbers from 0 up to a bound, the same for each seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(bound: number): number {
    this.#state = (Math.imul(this.#state ^ (this.#state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    const mixed = Math.imul(this.#state ^ (this.#state >>> 12), 0x297a2d39) >>> 0;
    return Math.floor((mixed / 2 ** 32) * bound);
  }

  of<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)];
  }
}

/** What is put into a text: of every language that is read, and of none. */
const PIECES: readonly string[] = [
  ...['(', ')', '[', ']', '{', '}', '"', "'", '"""', ':', ',', '\\', '\n', '    ', '\t', '\r', '#'],
  ...['# gil: ', 'compute 5ms', 'threads 3', 'repeat 9', 'lock x', '5h', '1e9ns', '-1', '0', '='],
  ...['def f(x):\n', 'class A:\n', 'if x:\n', 'for i in range(9):\n', 'with L:\n', 'lambda x: '],
  ...['self.a(b)', 'await ', 'yield', 'import threading\n', '@d\n', 'x += 1\n', 'L.acquire()\n'],
  ...[
    'null',
    'true',
    '1e999',
    '-0',
    '9007199254740993',
    '"x"',
    '{}',
    '[]',
    '\u0000',
    '\u202e',
    '\ud83d',
  ],
];

/** A text with a few damages: cut, doubled, changed, or with a piece put in. */
export function damaged(text: string, dice: Dice, most = 4): string {
  let result = text;
  for (let damage = dice.below(most); damage >= 0; damage--) {
    const at = dice.below(result.length + 1);
    const to = Math.min(result.length, at + dice.below(dice.of([2, 10, 200])));
    const piece = dice.of([
      '',
      dice.of(PIECES),
      result.slice(at, to).repeat(2),
      dice.of(PIECES).repeat(dice.below(30)),
      String.fromCharCode(dice.below(300)),
    ]);
    result = result.slice(0, at) + piece + result.slice(dice.of([at, to]));
  }
  return result.slice(0, 200_000);
}

/** Tries inputs until all are done; a failure names the one that failed. */
export function fuzz(seed: number, tryOne: (dice: Dice) => string, check: (input: string) => void) {
  for (let number = FIRST_INPUT; number < FIRST_INPUT + FUZZ_INPUTS; number++) {
    const input = tryOne(new Dice(seed + number));
    try {
      check(input);
    } catch (error) {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      throw new Error(`input ${number}: ${JSON.stringify(input).slice(0, 2_000)}\n${why}`, {
        cause: error,
      });
    }
  }
}
