// `gilscope show`: the report of a saved trace.

import { UserError } from '../core/errors';
import { reportOf, textOf } from './recordReport';
import { traceInput } from './traceInput';

export const SHOW_USAGE = `usage: gilscope show [--json] TRACE

Prints the report of a trace that was saved: by gilscope record --trace or --on-stall, gilscope simulate --trace, or
“GIL Scope: Save Trace…”.

  --json    the report as one line of JSON

Exit code: 0; 2 for a command line that is not understood, and a file that cannot be read.`;

/** Runs the command with the words after `show`. Returns the exit code. Throws a `UserError` for exit code 2. */
export function runShowCommand(words: readonly string[], print: (text: string) => void): number {
  if (words.includes('--help') || words.includes('-h')) {
    print(SHOW_USAGE);
    return 0;
  }
  const files = words.filter(word => word !== '--json');
  const [file] = files as readonly (string | undefined)[];
  const unknown = files.find(word => word.startsWith('-'));
  if (unknown !== undefined)
    throw new UserError(`There is no option ${unknown}; see gilscope show --help.`);
  if (file === undefined || files.length > 1)
    throw new UserError('Expected one file with a trace; see gilscope show --help.');
  const { trace, leftOut } = traceInput(file);
  if (words.includes('--json')) {
    print(JSON.stringify(reportOf(trace, undefined)));
    return 0;
  }
  const { isTTY, columns } = process.stdout;
  const report = textOf(trace, undefined, isTTY ? columns : undefined);
  print([report, ...[leftOut].flat()].filter(Boolean).join('\n\n'));
  return 0;
}
