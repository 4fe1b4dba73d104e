// `gilscope dump`: what every thread of a running Python process does and waits for, and who has that.

import { UserError } from '../core/errors';
import { dumpOf, dumpText } from '../engines/recorded';

export const DUMP_USAGE = `usage: gilscope dump [--json] --pid PROCESS

Looks for half a second at a Python process that runs already (CPython 3.8 to 3.15, on Linux) and says of every thread
what it does, which lock it waits for and who has that, and whether threads wait in a circle. Nothing is run, stopped
or changed in the process.

  --pid     the process
  --json    as one line of JSON

Exit code: 0; 2 for a command line that is not understood; 125 if the process cannot be read.`;

const EXIT_USAGE = 2;
const EXIT_NOT_READ = 125;

/** Runs the command with the words after `dump`. Returns the exit code. */
export async function runDumpCommand(words: readonly string[]): Promise<number> {
  if (words.includes('--help') || words.includes('-h')) {
    process.stdout.write(`${DUMP_USAGE}\n`);
    return 0;
  }
  const parsed = parseDumpArguments(words);
  if (typeof parsed === 'string') {
    process.stderr.write(`gilscope dump: ${parsed}\n\n${DUMP_USAGE}\n`);
    return EXIT_USAGE;
  }
  try {
    const dump = await dumpOf(parsed.pid);
    process.stdout.write(`${parsed.json ? JSON.stringify(dump) : dumpText(dump)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (parsed.json) process.stdout.write(`${JSON.stringify({ problem: error.message })}\n`);
    else process.stderr.write(`gilscope: ${error.message}\n`);
    return EXIT_NOT_READ;
  }
}

/** The process and the form, or what is wrong with the words. */
function parseDumpArguments(
  words: readonly string[],
): { readonly pid: number; readonly json: boolean } | string {
  const options = words.flatMap(word =>
    word.startsWith('--pid=') ? ['--pid', word.slice(6)] : [word],
  );
  const at = options.indexOf('--pid');
  const pid = at < 0 ? undefined : options.at(at + 1);
  const rest = options.filter((_, index) => at < 0 || (index !== at && index !== at + 1));
  const unknown = rest.find(word => word !== '--json');
  if (unknown !== undefined) return `there is no option ${unknown}`;
  if (pid === undefined || !/^[1-9]\d{0,9}$/.test(pid)) return 'expected a process id after --pid';
  return { pid: Number(pid), json: rest.length > 0 };
}
