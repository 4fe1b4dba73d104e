// `gilscope convert`: opens a trace file of any format that is known here, and writes it in another one.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { UserError, messageOf } from '../core/errors';
import type { Trace } from '../core/model/trace';
import { exportFor, TRACE_EXPORTS, withoutFolders, type TraceExport } from '../formats/exports';
import { understood } from './options';
import { traceInput } from './traceInput';

const IDS = TRACE_EXPORTS.map(({ id }) => id);

export const CONVERT_USAGE = `usage: gilscope convert [--to FORMAT] [--keep-paths] IN OUT

Opens a trace of GIL Scope or of another tool (docs/formats.md lists them) and writes it as OUT. The end of OUT’s name
says the format: .pftrace (Perfetto), .firefox.json (Firefox Profiler), .chrome.json, .speedscope.json, .pb.gz (pprof),
.threads.csv, .lines.csv, .blame.csv, .handoffs.csv, .spans.csv, .json (GIL Scope). With .gz after it, OUT is packed.

  --to          the format, whatever OUT is called: ${IDS.join(', ')}
  --keep-paths  keeps whole paths; without it they are relative to the current folder, or names of files alone`;

const OPTIONS = {
  to: { type: 'string' },
  'keep-paths': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Runs the command with the words after `convert`. Returns the exit code. */
export function runConvertCommand(words: readonly string[], print: (text: string) => void): number {
  const { values, positionals } = understood('convert', () =>
    parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true }),
  );
  if (values.help === true) {
    print(CONVERT_USAGE);
    return 0;
  }
  const [input, output] = positionals;
  if (positionals.length !== 2)
    throw new UserError('Expected two files, IN and OUT; see gilscope convert --help.');
  const format = formatOf(values.to, output);
  const { trace, leftOut } = traceInput(input);
  const shared = values['keep-paths'] === true ? trace : withoutFolders(trace, process.cwd());
  write(output, format, shared);
  if (leftOut !== '') process.stderr.write(`gilscope convert: ${leftOut}\n`);
  const { length } = trace.lanes;
  print(`${output}: ${format.label}, ${length} ${length === 1 ? 'thread' : 'threads'}.`);
  return 0;
}

function formatOf(wanted: string | undefined, output: string): TraceExport {
  const format =
    wanted === undefined ? exportFor(output) : TRACE_EXPORTS.find(({ id }) => id === wanted);
  if (format) return format;
  const what =
    wanted === undefined ? `The name ${output} tells no format` : `There is no format ${wanted}`;
  throw new UserError(`${what}; expected one of ${IDS.join(', ')} after --to.`);
}

function write(output: string, format: TraceExport, trace: Trace): void {
  const content = format.write(trace);
  const isPacked = output.endsWith('.gz') && format.id !== 'pprof';
  try {
    writeFileSync(output, isPacked ? gzipSync(content) : content);
  } catch (error) {
    throw new UserError(`The file cannot be written: ${messageOf(error)}.`);
  }
}
