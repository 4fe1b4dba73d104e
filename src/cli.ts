// The command line: a door. It chooses the command; a `UserError` becomes a sentence and exit code 2.

import { CALIBRATE_USAGE, runCalibrateCommand } from './cliCalibrate';
import { RECORD_USAGE, runRecordCommand } from './cliRecord';
import { runSimulateCommand, SIMULATE_USAGE } from './cliSimulate';
import { UserError } from './core/errors';

const USAGE = `${SIMULATE_USAGE}\n\n${CALIBRATE_USAGE}\n\n${RECORD_USAGE}`;

async function run(words: readonly string[]): Promise<number> {
  const [command, ...rest] = words;
  switch (command) {
    case 'simulate':
      runSimulateCommand(rest, text => console.log(text));
      return 0;
    case 'calibrate':
      await runCalibrateCommand(rest, text => console.log(text));
      return 0;
    case 'record':
      return runRecordCommand(rest);
    case '--help':
    case '-h':
    case 'help':
      console.log(USAGE);
      return 0;
    default:
      console.error(USAGE);
      return 2;
  }
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
    if (error instanceof UserError) console.error(`gilscope: ${error.message}`);
    else console.error('Internal error', error);
    process.exitCode = error instanceof UserError ? 2 : 70;
  },
);
