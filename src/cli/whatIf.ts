// `gilscope whatif`: what changes would bring to a run that was saved as a trace.

import { UserError } from '../core/errors';
import { countIn, durationIn } from './options';
import { traceInput } from './traceInput';
import type { WhatIf } from '../core/replay/change';
import { predictionOf, subjectOfWhatIf } from '../core/replay/predict';
import { predictAll } from '../core/replay/proposals';
import { whatIfData, whatIfReport } from './whatIfReport';

export const WHATIF_USAGE = `usage: gilscope whatif TRACE.json [--json]
       gilscope whatif TRACE.json CHANGE… [--json]

Says what changes would bring to a run that was saved with --trace: its work is read from the trace and run again in the
simulator. Without a change it lists those that make sense, the most promising first. Several changes are made together.

  --processes [fork|spawn|forkserver]  threads become processes; fork unless told otherwise
  --subinterpreters                    threads become sub-interpreters, each with a GIL
  --free-threaded                      a build without a GIL
  --switch-interval 0.5ms              sys.setswitchinterval()
  --threads N                          so many workers share the work of a pool, or of threads of one function
  --cores N                            cores of the machine
  --release [FILE:]LINE                what the line computes releases the GIL
  --pieces [FILE:]LINE                 a call at the line that keeps the GIL is made in pieces of 1 ms
  --lock NAME                          the lock is not held over I/O
  --without-lock NAME                  the lock is not taken at all
  --together                           all is started or asked for first, then waited for
  --json                               the answer as one line of JSON; docs/whatif.md says what stands in it

Exit code: 0; 2 for a command line or a file that cannot be read.`;

const PIECE_NS = 1_000_000;
const STARTS = ['fork', 'spawn', 'forkserver'];

/** Runs the command with the words after `whatif`. Throws a `UserError` for exit code 2. */
export function runWhatIfCommand(words: readonly string[], print: (text: string) => void): void {
  if (words.includes('--help') || words.includes('-h')) {
    print(WHATIF_USAGE);
    return;
  }
  const { file, changes, json } = parsed(words);
  const { trace } = traceInput(file);
  const subject = subjectOfWhatIf(trace);
  const predictions = changes.length === 0 ? predictAll(subject) : [predictionOf(subject, changes)];
  print(
    json ? JSON.stringify(whatIfData(subject, predictions)) : whatIfReport(subject, predictions),
  );
}

interface Parsed {
  readonly file: string;
  readonly changes: readonly WhatIf[];
  readonly json: boolean;
}

function parsed(words: readonly string[]): Parsed {
  const left = words.flatMap(word => /^(--[a-z-]+)=(.*)$/s.exec(word)?.slice(1) ?? [word]);
  const files: string[] = [];
  const changes: WhatIf[] = [];
  let json = false;
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '--json') json = true;
    else if (word.startsWith('-')) changes.push(changeOf(word, left));
    else files.push(word);
  }
  if (files.length !== 1) throw new UserError(`Expected one trace, got ${files.length}.`);
  return { file: files[0], changes, json };
}

/** Reads one option, and takes its value from the words that are left. */
function changeOf(option: string, left: string[]): WhatIf {
  switch (option) {
    case '--processes': {
      const start = STARTS.includes(left.at(0) ?? '') ? left.shift() : 'fork';
      return { kind: 'runtime', runtime: `processes-${start ?? 'fork'}` };
    }
    case '--subinterpreters':
    case '--free-threaded':
      return { kind: 'runtime', runtime: option.slice(2) };
    case '--together':
      return { kind: 'together' };
    case '--threads':
      return { kind: 'threads', count: countIn(option, left.shift() ?? '', [1, 1_000]) };
    case '--cores':
      return { kind: 'cores', cores: countIn(option, left.shift() ?? '', [1, 1_024]) };
    default:
      return changeWithText(option, left);
  }
}

function changeWithText(option: string, left: string[]): WhatIf {
  const value = (): string => {
    const word = left.shift();
    if (word === undefined || word === '')
      throw new UserError(`${option}: expected a value after it.`);
    return word;
  };
  switch (option) {
    case '--switch-interval':
      return { kind: 'interval', switchIntervalNs: durationOf(option, value()) };
    case '--release':
      return { kind: 'release', ...placeOf(option, value()) };
    case '--pieces':
      return { kind: 'pieces', ...placeOf(option, value()), ns: PIECE_NS };
    case '--lock':
      return { kind: 'lock', lock: value(), how: 'not-over-io' };
    case '--without-lock':
      return { kind: 'lock', lock: value(), how: 'none' };
    default:
      throw new UserError(`There is no option ${option}; see gilscope whatif --help.`);
  }
}

function durationOf(option: string, text: string): number {
  const ns = durationIn(option, text);
  if (ns < 1_000) throw new UserError(`${option}: expected 1 µs or more.`);
  return ns;
}

function placeOf(option: string, text: string): { readonly file: string; readonly line: number } {
  const [, file = '', line = ''] = /^(?:(.+):)?(\d{1,9})$/s.exec(text) ?? [];
  if (line === '') throw new UserError(`${option}: expected a line, or FILE:LINE, got “${text}”.`);
  return { file, line: Number(line) };
}
