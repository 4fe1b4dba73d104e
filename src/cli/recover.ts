// `gilscope recover`: shows recordings whose `gilscope record` was killed. The recorder is a process of its own and
// writes to the end of the program, whoever dies beside it.

import { OutputFile } from './outputFile';
import { follow, tell } from './record';
import { forTerminal } from './text';
import { UserError } from '../core/errors';
import { formatDuration } from '../core/units';
import {
  isRecordingFolder,
  leftRecordings,
  markRecordingSeen,
  reopenRecording,
  type LeftRecording,
} from '../engines/recorded';

export const RECOVER_USAGE = `usage: gilscope recover
       gilscope recover [--json] [--trace OUT.json] FOLDER

Shows a recording whose gilscope record was killed. Without a folder it lists those that there are, the newest first;
with one it prints the report, as gilscope record would have; one that is still being recorded is followed to its end,
or to Ctrl+C. A recording that nobody asks for goes after 14 days, when the next one is made.

  --json    the report as one line of JSON
  --trace   writes the whole trace to a file, which the editor opens with “GIL Scope: Open Trace…”

Exit code: 0; 125 if there is nothing in the recording, or the trace cannot be written; 2 for a command line that is
not understood.`;

const EXIT_USAGE = 2;
const EXIT_NOT_RECOVERED = 125;

interface RecoverArguments {
  readonly json: 'error' | undefined;
  readonly trace: string | undefined;
  readonly folder: string | undefined;
}

/** Runs the command with the words after `recover`. Returns the exit code. */
export async function runRecoverCommand(
  words: readonly string[],
  print: (text: string) => void,
): Promise<number> {
  if (words.includes('--help') || words.includes('-h')) {
    print(RECOVER_USAGE);
    return 0;
  }
  const parsed = parseArguments(words);
  if ('wrong' in parsed) {
    process.stderr.write(`gilscope recover: ${parsed.wrong}\n\n${RECOVER_USAGE}\n`);
    return EXIT_USAGE;
  }
  if (parsed.folder !== undefined) return recover(parsed, parsed.folder);
  print(listOf(leftRecordings()));
  return 0;
}

function parseArguments(words: readonly string[]): RecoverArguments | { readonly wrong: string } {
  let json: RecoverArguments['json'];
  let trace: string | undefined;
  const folders: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === '--json') json = 'error';
    else if (word === '--trace') trace = words.at(++at) ?? '';
    else if (word.startsWith('--trace=')) trace = word.slice('--trace='.length);
    else if (word.startsWith('-')) return { wrong: `there is no option ${forTerminal(word)}` };
    else folders.push(word);
  }
  if (trace === '') return { wrong: 'expected a file after --trace' };
  if (folders.length > 1) return { wrong: 'expected one folder' };
  if (folders.length === 0 && (json !== undefined || trace !== undefined))
    return { wrong: 'expected a folder' };
  return { json, trace, folder: folders.at(0) };
}

async function recover(parsed: RecoverArguments, folder: string): Promise<number> {
  const file = parsed.trace === undefined ? undefined : new OutputFile('trace', parsed.trace);
  const stopper = new AbortController();
  const stop = (): void => stopper.abort();
  process.on('SIGINT', stop);
  try {
    if (!isRecordingFolder(folder))
      throw new UserError(
        'This is no folder of a recording of yours; gilscope recover lists them.',
      );
    file?.try();
    const keep = (): void => undefined;
    const files = { trace: file, report: undefined };
    const isShown = await follow(reopenRecording(folder, stopper.signal, { keep }), parsed, files);
    if (isShown) markRecordingSeen(folder);
    return isShown && file?.hasFailed !== true ? 0 : EXIT_NOT_RECOVERED;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    tell(parsed, error.message);
    return EXIT_NOT_RECOVERED;
  } finally {
    process.off('SIGINT', stop);
  }
}

function listOf(recordings: readonly LeftRecording[]): string {
  if (recordings.length === 0) return 'No recording was left behind.';
  return recordings.map(lineOf).join('\n');
}

function lineOf({ folder, name, usedMs, bytes, isUnderWay }: LeftRecording): string {
  const age = isUnderWay
    ? 'is being recorded'
    : `${formatDuration(Math.max(0, Date.now() - usedMs) * 1e6)} ago`;
  return `${forTerminal(folder)}  ${forTerminal(name)}  ${age}  ${Math.ceil(bytes / 1024)} kB`;
}
