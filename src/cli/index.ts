// The command line: a door. It chooses the command; a `UserError` becomes a sentence and exit code 2.

import { isRecord } from '../core/checks';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { CALIBRATE_USAGE, runCalibrateCommand } from './calibrate';
import { DUMP_USAGE, runDumpCommand } from './dump';
import { RECORD_USAGE, runRecordCommand } from './record';
import { RECOVER_USAGE, runRecoverCommand } from './recover';
import { runShowCommand, SHOW_USAGE } from './show';
import { runSimulateCommand, SIMULATE_USAGE } from './simulate';
import { UserError } from '../core/errors';
import { forTerminal } from './text';

const USAGE = `${SIMULATE_USAGE}\n\n${CALIBRATE_USAGE}\n\n${RECORD_USAGE}\n\n${RECOVER_USAGE}\n\n${DUMP_USAGE}\n\n${SHOW_USAGE}\n\nusage: gilscope --version | --help`;
const SHORT_USAGE = `usage: gilscope simulate|calibrate|record|recover|dump|show …

gilscope --help tells of all of them, gilscope COMMAND --help of one.`;

async function run(words: readonly string[]): Promise<number> {
  const command = words.at(0);
  const rest = words.slice(1);
  switch (command) {
    case 'simulate':
      runSimulateCommand(rest, tell);
      return 0;
    case 'calibrate':
      await runCalibrateCommand(rest, tell);
      return 0;
    case 'record':
      return runRecordCommand(rest);
    case 'recover':
      return runRecoverCommand(rest, text => console.log(text));
    case 'dump':
      return runDumpCommand(rest);
    case 'show':
      return runShowCommand(rest, tell);
    case '--help':
    case '-h':
    case 'help':
      console.log(USAGE);
      return 0;
    case '--version':
      console.log(`gilscope ${version()}`);
      return 0;
    default:
      if (command !== undefined)
        console.error(forTerminal(`gilscope: there is no command ${command}\n`));
      console.error(SHORT_USAGE);
      return 2;
  }
}

function tell(text: string): void {
  console.log(forTerminal(text));
}

/** The package lies around the folder of the bundle. */
function version(): string {
  const text = readFileSync(join(__dirname, '..', 'package.json'), 'utf8');
  const value: unknown = JSON.parse(text);
  const has = isRecord(value) && 'version' in value;
  return has && typeof value.version === 'string' ? value.version : 'of unknown version';
}

// Who reads the report may stop early; a full disk must not look like success.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  console.error(`gilscope: the report cannot be written: ${error.message}.`);
  process.exitCode = 2;
});

run(process.argv.slice(2)).then(
  code => {
    process.exitCode ??= code;
  },
  (error: unknown) => {
    if (error instanceof UserError) console.error(forTerminal(`gilscope: ${error.message}`));
    else console.error('Internal error', error);
    process.exitCode = error instanceof UserError ? 2 : 70;
  },
);
