// A second pair of eyes: CPython 3.15's own sampler looks at the same program at the same time, and CPython's count of
// hand-offs judges both.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { record } from '../../../src/engines/recorded';
import { unlessDisturbed } from '../../support/onABusyMachine';
import { skip } from '../../support/skip';
import { makeTemporaryFolder } from '../../support/temporaryFolder';
import { findInterpreters, pickInterpreter } from './interpreters';
import { buildRecorder, programFile, readToEnd } from './recordings';

const PROGRAM_SECONDS = 4.5;
const WITNESS_SECONDS = 2;

interface Seen {
  /** Share of the hand-offs that CPython counted. */
  readonly ours: number;
  /** The same of the witness: hand-offs a second that it saw, by those a second that CPython counted. */
  readonly witness: number;
}

describe('beside CPython 3.15’s own sampler', function () {
  this.timeout(90_000);
  const recorderFile = buildRecorder();
  const python = pickInterpreter(findInterpreters(), { from: 15, to: 15 });

  for (const { kind, title, leastRatio } of [
    {
      kind: 'mixed',
      title: 'sees more of the hand-offs of two threads that compute and four that do short I/O',
      leastRatio: 1,
    },
    {
      kind: 'cpu',
      title: 'sees as much of the hand-offs of four threads that compute: nearly all',
      leastRatio: 0.9, // both are near the top, where chance decides
    },
  ]) {
    it(title, async function () {
      if (!python) return skip(this, 'no CPython 3.15 was found');
      const found = await unlessDisturbed(async () => {
        const seen = await bothLookAt(python.path, kind);
        assert.ok(seen.witness > 0 && seen.ours <= 1, JSON.stringify(seen));
        assert.ok(seen.ours > seen.witness * leastRatio, JSON.stringify(seen));
        return seen;
      });
      const percent = (share: number): string => `${Math.round(share * 100)} %`;
      console.log(
        `      ${kind}, normal mode: ${percent(found.ours)} of the hand-offs seen; ` +
          `profiling.sampling at 1 kHz: ${percent(found.witness)}`,
      );
    });
  }

  async function bothLookAt(pythonPath: string, kind: string): Promise<Seen> {
    const temporary = makeTemporaryFolder();
    try {
      const output = path.join(temporary.folder, 'work.json');
      const recording = await record(
        {
          python: pythonPath,
          run: { kind: 'script', file: programFile('work.py') },
          args: [kind, String(PROGRAM_SECONDS), output],
          cwd: temporary.folder,
          mode: 'normal',
        },
        new AbortController().signal,
        { recorderFile, stdio: ['ignore', 'ignore', 'inherit'] },
      );
      const [finished, profile] = await Promise.all([
        readToEnd(recording),
        sample(
          pythonPath,
          processOf(pythonPath, output),
          path.join(temporary.folder, 'gecko.json'),
        ),
      ]);
      const { handOffsSeen, handOffsCounted } = finished.result;
      const countedASecond = handOffsCounted / PROGRAM_SECONDS;
      return {
        ours: handOffsSeen / handOffsCounted,
        witness: handOffsOf(profile) / WITNESS_SECONDS / countedASecond,
      };
    } finally {
      temporary.dispose();
    }
  }
});

/** The Python with this argument, not who started it with the same one. */
function processOf(pythonPath: string, argument: string): number {
  const executable = fs.realpathSync(pythonPath);
  const found = fs.readdirSync('/proc').find(id => {
    try {
      const commandLine = fs.readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0');
      return commandLine.includes(argument) && fs.realpathSync(`/proc/${id}/exe`) === executable;
    } catch {
      return false; // no process, or gone
    }
  });
  assert.ok(found !== undefined, 'the program was not found');
  return Number(found);
}

/** A profile in Gecko's format, as JSON. */
async function sample(pythonPath: string, processId: number, file: string): Promise<unknown> {
  const how = ['-m', 'profiling.sampling', 'attach', '-a', '--gecko', '-r', '1khz'];
  await promisify(execFile)(pythonPath, [
    ...how,
    ...['-d', String(WITNESS_SECONDS), '-o', file, String(processId)],
  ]);
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

interface GeckoProfile {
  readonly shared: { readonly stringArray: readonly string[] };
  readonly threads: readonly {
    readonly tid: number;
    readonly markers: { readonly name: readonly number[]; readonly startTime: readonly number[] };
  }[];
}

/** How often the thread that has the GIL is another than the one before. */
function handOffsOf(profile: unknown): number {
  assert.ok(isGeckoProfile(profile), 'expected a profile with threads and markers');
  const { shared, threads } = profile;
  const turns = threads.flatMap(({ tid, markers }) =>
    markers.name.flatMap((name, i) =>
      shared.stringArray[name] === 'Has GIL' ? [{ tid, atMs: markers.startTime[i] }] : [],
    ),
  );
  const inOrder = turns.sort((a, b) => a.atMs - b.atMs);
  return inOrder.filter(({ tid }, i) => i > 0 && inOrder[i - 1].tid !== tid).length;
}

function isGeckoProfile(profile: unknown): profile is GeckoProfile {
  return (
    typeof profile === 'object' && profile !== null && 'shared' in profile && 'threads' in profile
  );
}
