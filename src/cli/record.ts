// `gilscope record`: runs a Python program as always, and says afterwards who held the GIL and who waited.
//
// The program has the terminal: its input, output and exit code pass through. What we say goes to standard error.

import { isUtf8 } from 'node:buffer';
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

import { FlightRecorder, flightOf, type Flight } from './flight';
import { OutputFile } from './outputFile';
import { reportOf, textOf } from './recordReport';
import { bestChangeText } from './whatIfReport';
import { UserError } from '../core/errors';
import type { Trace } from '../core/model/trace';
import { TraceBuilder } from '../core/model/traceBuilder';
import { forTerminal } from './text';
import {
  attach,
  isRecordingMode,
  prepareRecording,
  RECORDING_MODES,
  sweepLeftRecordings,
  type Recording,
  type RecordingMode,
  type RecordingResult,
} from '../engines/recorded';
import { writeTraceJson } from '../formats/traceJson';

export const RECORD_USAGE = `usage: gilscope record [--mode ${RECORDING_MODES.join('|')}] [--json [OUT.json]]
                       [--trace OUT.json] [--keep 30s] [--on-stall 100ms] [--] PYTHON [ARGUMENT ...]
       gilscope record --in-process[=events] [--json [OUT.json]] [--trace OUT.json] [--] PYTHON [ARGUMENT ...]
       gilscope record [--mode ...] [--json [OUT.json]] [--trace OUT.json]
                       [--keep 30s] [--on-stall 100ms] --pid PROCESS

Runs a Python program (CPython 3.8 to 3.15, on Linux) and says who held the GIL, who waited for it, and because of
which line. The program's input and output pass through; the report goes to standard error.

  --mode    how closely to look; default: light or normal, as the machine suggests
  --in-process
            from inside of the program instead of by reading its memory, which happens by itself where that is not
            allowed: a thread looks every 10 ms. With =events, Python tells when each thread runs, which slows
            the program 3 to 13 times. All figures are then estimated
  --json    the report as one line of JSON, instead of as text; with a file whose name ends with .json it goes there,
            and the text to standard error
  --trace   writes the whole trace to a file, which the editor opens with “GIL Scope: Open Trace…”
  --pid     records a process that runs already, until it ends or Ctrl+C
  --keep    keeps only the last part of the recording in memory; report and trace are of that part
  --on-stall
            whenever a thread waits that long for the GIL or a lock, or an event loop stands still for it, writes the
            last part (30 s, or as --keep says) to a file: gilscope-stall-1.json, or OUT-1.json after --trace OUT.json.
            At most 20 files. gilscope show prints the report of one

Options may be written --mode fine or --mode=fine; the first word that is none begins the program.

Exit code: that of the program, or 128 + the signal that ended it, whether it could be recorded or not; 127 if it
cannot be started; 2 for a command line that is not understood; 125 if nothing could be recorded of a running process,
if the program was not started because the current folder is gone, or the trace or the files of the recording cannot be
written; and instead of 0 if the trace or the report could not be written afterwards. SIGTERM and SIGHUP are
passed on to the program, and end the recording of a running process, as Ctrl+C does; Ctrl+C reaches a program from
the terminal.`;

/** What is wrong with the command line: exit code 2. */
const EXIT_USAGE = 2;
const EXIT_NOT_RECORDED = 125;
/** They end the recording of a process that runs already. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface RecordArguments {
  readonly mode: RecordingMode | undefined;
  readonly inside: 'probe' | 'events' | undefined;
  /** The report as JSON: to standard error, or into a file. */
  readonly json: 'error' | { readonly file: string } | undefined;
  readonly pid: number | undefined;
  /** File for the trace. */
  readonly trace: string | undefined;
  readonly command: readonly string[];
  /** Whether only the last part is kept, and what of it is saved. */
  readonly flight: Flight | undefined;
}

/** Runs the command with the words after `record`. Returns the exit code; throws nothing that is the user's affair. */
export async function runRecordCommand(words: readonly string[]): Promise<number> {
  const parsed = parseArguments(words);
  if (parsed === 'help') {
    process.stdout.write(`${RECORD_USAGE}\n`);
    return 0;
  }
  if ('wrong' in parsed) {
    say(`gilscope record: ${parsed.wrong}\n\n${RECORD_USAGE}`);
    return EXIT_USAGE;
  }
  failLateIfUnwritten();
  sweepLeftRecordings();
  const files = outputsOf(parsed);
  try {
    for (const file of [files.trace, files.report]) file?.try();
    if (parsed.pid !== undefined) return await recordProcess(parsed, parsed.pid, files);
    return await recordProgram(parsed, files);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    tell(parsed, error.message);
    return EXIT_NOT_RECORDED;
  }
}

/** The files that are written beside what is printed. */
export interface Outputs {
  readonly trace: OutputFile | undefined;
  readonly report: OutputFile | undefined;
}

function outputsOf({ trace, json }: RecordArguments): Outputs {
  return {
    trace: trace === undefined ? undefined : new OutputFile('trace', trace),
    report: typeof json === 'object' ? new OutputFile('report', json.file) : undefined,
  };
}

function haveFailed({ trace, report: reportFile }: Outputs): boolean {
  return trace?.hasFailed === true || reportFile?.hasFailed === true;
}

/** A report that cannot be written must not look like success; but whoever reads it may stop early. */
function failLateIfUnwritten(): void {
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.once('exit', () => {
      if (process.exitCode === 0) process.exitCode = EXIT_NOT_RECORDED;
    });
  });
}

/** Options that are followed by a value. */
const WITH_VALUE = ['--mode', '--trace', '--pid', '--keep', '--on-stall'];

/** The parsed words, or what is wrong with them. */
function parseArguments(
  words: readonly string[],
): RecordArguments | { readonly wrong: string } | 'help' {
  const options = new Map<string, string | undefined>();
  let at = 0;
  for (; at < words.length && words[at].startsWith('-'); at++) {
    const [name, ...rest] = words[at].split('=');
    if (words[at] === '--') {
      at++;
      break;
    }
    if (words[at] === '--help' || words[at] === '-h') return 'help';
    const value = rest.length > 0 ? rest.join('=') : undefined;
    const takesNext =
      WITH_VALUE.includes(name) || (name === '--json' && isJsonFile(words.at(at + 1)));
    options.set(name, value === undefined && takesNext ? words.at(++at) : value);
  }
  const wrong = problemWith(options, words.slice(at));
  return wrong === undefined ? argumentsFrom(options, words.slice(at)) : { wrong };
}

function problemWith(
  options: ReadonlyMap<string, string | undefined>,
  command: readonly string[],
): string | undefined {
  const known = [...WITH_VALUE, '--json', '--in-process'];
  const unknown = [...options.keys()].find(name => !known.includes(name));
  if (unknown !== undefined) return `there is no option ${unknown}`;
  const mode = options.get('--mode') ?? '';
  if (options.has('--mode') && !isRecordingMode(mode))
    return `expected one of ${RECORDING_MODES.join(', ')} after --mode, got “${mode}”`;
  if (options.has('--trace') && (options.get('--trace') ?? '') === '')
    return 'expected a file after --trace';
  const flight = flightOf(options);
  if (typeof flight === 'string') return flight;
  const json = options.get('--json');
  if (json !== undefined && !isJsonFile(json))
    return 'expected nothing after --json, or a file whose name ends with .json';
  const way = options.get('--in-process');
  if (way !== undefined && !isWay(way)) return `expected --in-process or --in-process=events`;
  const hasPid = options.has('--pid');
  if (hasPid && !/^[1-9]\d{0,9}$/.test(options.get('--pid') ?? ''))
    return 'expected a process id after --pid';
  if (!hasPid && command.length === 0) return 'expected a Python program to run';
  if (hasPid && command.length > 0) return 'expected either --pid or a program, got both';
  if (hasPid && options.has('--in-process'))
    return 'a process that runs already cannot be recorded with --in-process';
  return arrivedWhole(command)
    ? undefined
    : 'an argument is not valid UTF-8 and would not reach the program as it is; give the file another name';
}

/** No program is called like that, so it cannot be the beginning of the command. */
function isJsonFile(word: string | undefined): boolean {
  return word?.endsWith('.json') === true;
}

function isWay(way: string): way is 'probe' | 'events' {
  return way === 'probe' || way === 'events';
}

/** Node replaces what is not UTF-8 before we see it; the system still has the bytes. */
function arrivedWhole(command: readonly string[]): boolean {
  if (!command.some(word => word.includes('\ufffd'))) return true;
  try {
    return isUtf8(readFileSync('/proc/self/cmdline'));
  } catch {
    return true; // another system: nobody can tell
  }
}

function argumentsFrom(
  options: ReadonlyMap<string, string | undefined>,
  command: readonly string[],
): RecordArguments {
  const mode = options.get('--mode') ?? '';
  const way = options.get('--in-process') ?? 'probe';
  const pid = options.get('--pid');
  const flight = flightOf(options);
  return {
    flight: typeof flight === 'string' ? undefined : flight,
    mode: isRecordingMode(mode) ? mode : undefined,
    inside: options.has('--in-process') && isWay(way) ? way : undefined,
    json: jsonOf(options),
    pid: pid === undefined ? undefined : Number(pid),
    trace: options.get('--trace'),
    command,
  };
}

function jsonOf(options: ReadonlyMap<string, string | undefined>): RecordArguments['json'] {
  const file = options.get('--json');
  if (file !== undefined) return { file };
  return options.has('--json') ? 'error' : undefined;
}

async function recordProgram(parsed: RecordArguments, files: Outputs): Promise<number> {
  assertFolder();
  const [python, ...args] = parsed.command;
  const prepared = prepareRecording(
    {
      python,
      run: { kind: 'command' },
      args,
      cwd: '.', // as this process has it: its name may be one that no text can hold
      ...(parsed.mode === undefined ? {} : { mode: parsed.mode }),
      ...(parsed.inside === undefined ? {} : { inside: parsed.inside }),
    },
    new AbortController().signal,
  );
  // Ctrl+C in the terminal reaches the program, too; what it does about it decides.
  const ignore = (): void => undefined;
  const passOn = (signal: NodeJS.Signals): void => void child?.kill(signal);
  let child: ChildProcess | undefined;
  process.on('SIGINT', ignore).on('SIGQUIT', ignore);
  process.on('SIGTERM', passOn).on('SIGHUP', passOn);
  try {
    child = spawn(prepared.command, prepared.args, {
      stdio: 'inherit',
      env: { ...process.env, ...prepared.env },
    });
    const ended = exitCodeOf(child).finally(() => prepared.recorderEnded());
    await follow(prepared.started, parsed, files);
    const code = await ended;
    return code === 0 && haveFailed(files) ? EXIT_NOT_RECORDED : code;
  } finally {
    process.off('SIGINT', ignore).off('SIGQUIT', ignore);
    process.off('SIGTERM', passOn).off('SIGHUP', passOn);
  }
}

/** As a shell tells it: 128 and the signal for a process that was ended by one. */
function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

async function recordProcess(
  parsed: RecordArguments,
  pid: number,
  files: Outputs,
): Promise<number> {
  const stopper = new AbortController();
  const stop = (): void => stopper.abort();
  for (const signal of ENDING) process.on(signal, stop);
  try {
    const options = parsed.mode === undefined ? {} : { mode: parsed.mode };
    const isRecorded = await follow(attach(pid, stopper.signal, options), parsed, files);
    return isRecorded && !haveFailed(files) ? 0 : EXIT_NOT_RECORDED;
  } finally {
    for (const signal of ENDING) process.off(signal, stop);
  }
}

/** Reads a recording to its end and prints the report. False when there was nothing to record, which is said. */
export async function follow(
  started: Promise<Recording>,
  wanted: Pick<RecordArguments, 'json'> & { readonly flight?: Flight | undefined },
  files: Outputs,
): Promise<boolean> {
  try {
    const recording = await started;
    const trace = await traceOf(recording, wanted.flight);
    const untraced = files.trace?.write(() => writeTraceJson(trace));
    const result = await recording.result;
    const known = [...result.problems, ...unwritten(untraced)];
    const written = (): string =>
      `${JSON.stringify(reportOf(trace, { ...result, problems: known }))}\n`;
    const unreported = files.report?.write(written);
    const problems = [...known, ...unwritten(unreported)];
    report(trace, { ...result, problems }, wanted);
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    tell(wanted, error.message);
    return false;
  }
}

async function traceOf({ header, chunks }: Recording, flight: Flight | undefined): Promise<Trace> {
  const told = (text: string): void => say(`gilscope: ${text}`);
  const recorder = flight && new FlightRecorder(flight, header, told);
  const whole = new TraceBuilder(header);
  for await (const chunk of chunks) {
    const problem = recorder ? recorder.append(chunk) : whole.appendChunk(chunk);
    if (problem !== undefined) throw new Error(problem);
  }
  return recorder ? recorder.trace : whole;
}

/** A file that could not be written, among the problems of a recording. */
function unwritten(text: string | undefined): readonly RecordingResult['problems'][number][] {
  return text === undefined ? [] : [{ kind: 'not-written', text }];
}

function report(
  trace: Trace,
  result: RecordingResult,
  { json }: Pick<RecordArguments, 'json'>,
): void {
  const { isTTY, columns } = process.stderr;
  const width = isTTY ? columns : undefined;
  if (json === 'error') say(JSON.stringify(reportOf(trace, result)));
  else {
    const best = bestChangeText(trace, width);
    say(textOf(trace, result, width) + (best === '' ? '' : `\n\n${best}`));
  }
}

/** What went wrong, for people or for programs. */
export function tell({ json }: Pick<RecordArguments, 'json'>, problem: string): void {
  say(json === 'error' ? JSON.stringify({ problem }) : `gilscope: ${problem}`);
}

function assertFolder(): void {
  try {
    process.cwd();
  } catch {
    throw new UserError('The current folder has been deleted. Go to another one, then record.');
  }
}

function say(text: string): void {
  process.stderr.write(`${forTerminal(text)}\n`);
}
