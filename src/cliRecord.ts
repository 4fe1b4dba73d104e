// `gilscope record`: runs a Python program as always, and says afterwards who held the GIL and who waited.
//
// The program has the terminal: its input, output and exit code pass through. What we say goes to standard error.

import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';

import { blameOf, NOBODY, type BlameRow } from './core/blame';
import { UserError } from './core/errors';
import { statisticsOf } from './core/statistics';
import { EventKind, type Trace } from './core/trace';
import { TraceBuilder } from './core/traceBuilder';
import { durationFigure, formatShare } from './core/units';
import { verdictOf } from './core/verdict';
import {
  attach,
  isRecordingMode,
  prepareRecording,
  RECORDING_MODES,
  type Recording,
  type RecordingMode,
  type RecordingResult,
} from './engines/recorded';
import { writeTraceJson } from './formats/traceJson';

export const RECORD_USAGE = `usage: gilscope record [--mode ${RECORDING_MODES.join('|')}] [--json] [--trace OUT.json]
                       [--] PYTHON [ARGUMENT ...]
       gilscope record --in-process[=events] [--json] [--trace OUT.json] [--] PYTHON [ARGUMENT ...]
       gilscope record [--mode ...] [--json] [--trace OUT.json] --pid PROCESS

Runs a Python program (CPython 3.8 to 3.15, on Linux) and says who held the GIL, who waited for it, and because of
which line. The program's input and output pass through; the report goes to standard error.

  --mode    how closely to look; default: light or normal, as the machine suggests
  --in-process
            from inside of the program instead of by reading its memory, which happens by itself where that is not
            allowed: a thread looks every 10 ms. With =events, Python tells when each thread runs, which slows
            the program 3 to 13 times. All figures are then estimated
  --json    the report as one line of JSON
  --trace   writes the whole trace to a file, which the editor opens with “GIL Scope: Open Trace…”
  --pid     records a process that runs already, until it ends or Ctrl+C

Exit code: that of the program, or 128 + the signal that ended it, whether it could be recorded or not; 127 if it
cannot be started; 2 for a command line that is not understood; 125 if a running process cannot be recorded or the
trace file cannot be written, which is tried before the program starts. SIGTERM and SIGHUP are passed on to the
program, and Ctrl+C reaches it from the terminal.`;

/** What is wrong with the command line: exit code 2. */
const EXIT_USAGE = 2;
const EXIT_NOT_RECORDED = 125;
/** Rows of a table that are printed; the trace has all. */
const MOST_ROWS = 40;
const MOST_BLAME_ROWS = 10;

interface RecordArguments {
  readonly mode: RecordingMode | undefined;
  readonly inside: 'probe' | 'events' | undefined;
  readonly json: boolean;
  readonly pid: number | undefined;
  /** File for the trace. */
  readonly trace: string | undefined;
  readonly command: readonly string[];
}

/** Runs the command with the words after `record`. Returns the exit code; throws nothing that is the user's affair. */
export async function runRecordCommand(words: readonly string[]): Promise<number> {
  if (words[0] === '--help') {
    process.stdout.write(`${RECORD_USAGE}\n`);
    return 0;
  }
  const parsed = parseArguments(words);
  if (typeof parsed === 'string') {
    say(`gilscope record: ${parsed}\n\n${RECORD_USAGE}`);
    return EXIT_USAGE;
  }
  const problem = parsed.trace === undefined ? undefined : problemWith(parsed.trace);
  if (problem !== undefined) {
    say(parsed.json ? JSON.stringify({ problem }) : `gilscope: ${problem}`);
    return EXIT_NOT_RECORDED;
  }
  return parsed.pid === undefined ? recordProgram(parsed) : recordProcess(parsed, parsed.pid);
}

/** The parsed words, or what is wrong with them. */
function parseArguments(words: readonly string[]): RecordArguments | string {
  let mode: RecordingMode | undefined;
  let inside: 'probe' | 'events' | undefined;
  let pid: number | undefined;
  let trace: string | undefined;
  let json = false;
  let at = 0;
  for (; at < words.length && words[at].startsWith('-'); at++) {
    const word = words[at];
    if (word === '--') {
      at++;
      break;
    }
    if (word === '--json') json = true;
    else if (word === '--in-process') inside = 'probe';
    else if (word === '--in-process=events') inside = 'events';
    else if (word === '--mode') {
      const value = words.at(++at) ?? '';
      if (!isRecordingMode(value))
        return `expected one of ${RECORDING_MODES.join(', ')} after --mode, got “${value}”`;
      mode = value;
    } else if (word === '--trace') {
      trace = words.at(++at);
      if (trace === undefined) return 'expected a file after --trace';
    } else if (word === '--pid') {
      pid = Number(words.at(++at));
      if (!Number.isSafeInteger(pid) || pid <= 0) return 'expected a process id after --pid';
    } else return `there is no option ${word}`;
  }
  const command = words.slice(at);
  if (pid === undefined && command.length === 0) return 'expected a Python program to run';
  if (pid !== undefined && command.length > 0)
    return 'expected either --pid or a program, got both';
  if (pid !== undefined && inside !== undefined)
    return 'a process that runs already cannot be recorded with --in-process';
  return { mode, inside, json, pid, trace, command };
}

async function recordProgram(parsed: RecordArguments): Promise<number> {
  const [python, ...args] = parsed.command;
  const prepared = prepareRecording(
    {
      python,
      run: { kind: 'command' },
      args,
      cwd: currentFolder(),
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
    await follow(prepared.started, parsed);
    return await ended;
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

async function recordProcess(parsed: RecordArguments, pid: number): Promise<number> {
  const stopper = new AbortController();
  const stop = (): void => stopper.abort();
  process.on('SIGINT', stop);
  try {
    const options = parsed.mode === undefined ? {} : { mode: parsed.mode };
    const isRecorded = await follow(attach(pid, stopper.signal, options), parsed);
    return isRecorded ? 0 : EXIT_NOT_RECORDED;
  } finally {
    process.off('SIGINT', stop);
  }
}

/** Reads a recording to its end and prints the report. False when there was nothing to record, which is said. */
async function follow(started: Promise<Recording>, wanted: RecordArguments): Promise<boolean> {
  const { json } = wanted;
  try {
    const recording = await started;
    const trace = new TraceBuilder(recording.header);
    for await (const chunk of recording.chunks) {
      const problem = trace.appendChunk(chunk);
      if (problem !== undefined) throw new Error(problem);
    }
    const result = await recording.result;
    say(json ? JSON.stringify(reportOf(trace, result)) : textOf(trace, result));
    if (wanted.trace !== undefined) writeTrace(wanted.trace, trace);
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(json ? JSON.stringify({ problem: error.message }) : `gilscope: ${error.message}`);
    return false;
  }
}

/** Why the trace could not be written to this file: better known before the program runs than after. */
function problemWith(traceFile: string): string | undefined {
  try {
    closeSync(openSync(traceFile, 'a'));
    return undefined;
  } catch (error) {
    return cannotWrite(error);
  }
}

function writeTrace(file: string, trace: Trace): void {
  try {
    writeFileSync(file, writeTraceJson(trace));
  } catch (error) {
    throw new UserError(cannotWrite(error));
  }
}

function cannotWrite(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `The trace cannot be written: ${reason}. Choose another file.`;
}

/** Throws a `UserError` where the current folder was deleted. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    throw new UserError('The current folder has been deleted. Go to another one, then record.');
  }
}

/** What `--json` prints. Times in ns. */
function reportOf(trace: Trace, result: RecordingResult): object {
  const nameOf = (lane: number): string | null => (lane === NOBODY ? null : trace.lanes[lane].name);
  return {
    title: trace.header.title,
    python: trace.header.subtitle,
    durationNs: trace.nowNs,
    verdict: verdictOf(trace).sentence,
    suggestion: verdictOf(trace).suggestion,
    recorder: result,
    threads: statisticsOf(trace).lanes.map(({ lane, ...sums }) => ({
      name: nameOf(lane),
      process: trace.lanes[lane].process,
      interpreter: trace.lanes[lane].interpreter,
      ...sums,
    })),
    blame: gilBlame(trace).map(row => ({
      waited: nameOf(row.victim),
      because: nameOf(row.culprit),
      ...trace.positions[row.position],
      ns: row.ns,
      waits: row.waitCount,
    })),
  };
}

function textOf(trace: Trace, result: RecordingResult): string {
  const verdict = verdictOf(trace);
  const parts = [
    `${trace.header.title} (${trace.header.subtitle}, ${figure(trace.nowNs)})`,
    [verdict.sentence, verdict.suggestion].filter(text => text !== '').join(' '),
    threadTable(trace),
    blameTable(trace),
    ...gilMarks(trace),
    handOffSentence(trace, result),
    ...result.problems,
  ];
  return `\n${parts.filter(part => part !== '').join('\n\n')}`;
}

function threadTable(trace: Trace): string {
  const rows = [...statisticsOf(trace).lanes]
    .sort((a, b) => b.heldNs + b.waitedNs + b.freeNs - (a.heldNs + a.waitedNs + a.freeNs))
    .map(sums => {
      const { name, process } = trace.lanes[sums.lane];
      const times = [sums.heldNs, sums.waitedNs, sums.freeNs, sums.readyNs];
      const rest = [sums.blockedNs, sums.waitedForLockNs, sums.unknownNs];
      return [
        process === 0 ? name : `${name} (process ${process})`,
        ...[...times, ...rest].map(figure),
      ];
    });
  const head = [
    'thread',
    'held',
    'waited',
    'ran without',
    'no core',
    'blocked',
    'lock',
    'not observed',
  ];
  return table(head, rows, MOST_ROWS);
}

/** Waits for a lock of the program are left out: a recording does not see who has it. */
function gilBlame(trace: Trace): BlameRow[] {
  return blameOf(trace).filter(row => row.lock >= 0 && trace.locks[row.lock].kind === 'gil');
}

function blameTable(trace: Trace): string {
  const rows = gilBlame(trace).map(row => {
    const { file, line, functionName } = trace.positions[row.position];
    const place = file === '' ? '' : `${file}:${line} ${functionName}`;
    const culprit = row.culprit === NOBODY ? 'nobody' : trace.lanes[row.culprit].name;
    return [trace.lanes[row.victim].name, figure(row.ns), culprit, place];
  });
  if (rows.length === 0) return '';
  return table(['waited', 'for', 'because of', 'at'], rows, MOST_BLAME_ROWS);
}

/** Of a free-threaded build: whether its GIL was turned on, and at which line. */
function gilMarks(trace: Trace): string[] {
  const { kinds, times, lanes, arguments: eventArguments } = trace.events;
  const texts: string[] = [];
  for (let i = 0; i < kinds.length; i++) {
    const mark = kinds[i] === EventKind.mark ? trace.marks[eventArguments[i]] : '';
    if (!mark.startsWith('The GIL')) continue;
    const store = trace.stores[lanes[i]];
    const { file, line } = trace.positions[store.positionOf(store.segmentAt(times[i]))];
    texts.push(file === '' ? mark : `${mark} (${printable(`${file}:${line}`)})`);
  }
  return texts;
}

function handOffSentence(trace: Trace, result: RecordingResult): string {
  const { handOffsCounted, handOffsSeen, blindShare, inside } = result;
  if (inside === 'probe')
    return 'Recorded from inside of the program: times are estimated (waits of threads with short I/O are too low), hand-offs are not counted.';
  if (inside === 'events')
    return `${handOffsSeen} hand-offs seen from inside of the program, which was slowed 3 to 13 times by that; times are estimated.`;
  const missed = handOffsCounted - handOffsSeen;
  const hasNoGil = handOffsCounted === 0 && trace.header.runtime.startsWith('free-threaded');
  const handOffs = hasNoGil
    ? 'No GIL in this build, so no hand-offs'
    : `${handOffsCounted} hand-offs, ${handOffsSeen} seen and ${missed} only counted`;
  return `${handOffs}; the recorder itself was kept from looking ${formatShare(blindShare)} of the time (${result.mode} mode).`;
}

function figure(ns: number): string {
  if (ns === 0) return '–';
  const { value, unit } = durationFigure(ns);
  return `${value} ${unit}`;
}

/** Columns padded to their widest cell: the first to the left, figures to the right, the last as it is. */
function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  most: number,
): string {
  const shown = [head, ...rows.slice(0, most)].map(row => row.map(printable));
  const widths = head.map((_, column) => Math.max(...shown.map(row => row[column].length)));
  const isFigure = (cell: string): boolean => /^(–|[\d.]+ (ns|µs|ms|s))$/.test(cell);
  const lines = shown.map((row, index) =>
    row
      .map((cell, column) => {
        const isRight = isFigure(cell) || (index === 0 && isFigure(shown[1]?.[column] ?? ''));
        return isRight ? cell.padStart(widths[column]) : cell.padEnd(widths[column]);
      })
      .join('  ')
      .trimEnd(),
  );
  if (rows.length > most) lines.push(`… and ${rows.length - most} more`);
  return lines.join('\n');
}

/** Longer cells would push the figures out of sight. */
const LONGEST_CELL = 60;

/**
 * Names come from the program: control characters, and those that turn the direction of writing, could play tricks
 * with the terminal. Of a long text the end is kept: of a path, that is the file and the line.
 */
function printable(text: string): string {
  const safe = Array.from(text.replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu, '?'));
  return safe.length <= LONGEST_CELL ? safe.join('') : `…${safe.slice(1 - LONGEST_CELL).join('')}`;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
