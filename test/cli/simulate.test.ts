// `gilscope simulate` on the samples: reports for people and for programs, and sentences for what it cannot read.

import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runSimulateCommand } from '../../src/cli/simulate';
import { readTraceJson } from '../../src/formats/traceJson';
import { outputOfCommand, refusalOfCommand } from '../support/commandOutput';
import { makeTemporaryFolder } from '../support/temporaryFolder';

const SAMPLE = 'media/samples/cpu_bound.py';

const outputOf = (...words: string[]): string => outputOfCommand(runSimulateCommand, words);
const refusalOf = (...words: string[]): string => refusalOfCommand(runSimulateCommand, words);

describe('gilscope simulate', () => {
  it('tells what happened, what to try, and who waited for whom', () => {
    const text = outputOf(SAMPLE);
    for (const part of [
      'The GIL lets one thread compute at a time',
      'Try: ',
      'hand-offs',
      'who waited for whom',
    ]) {
      ok(text.includes(part), part);
    }
  });

  it('gives the same report as data, and the same data for the same seed', () => {
    const first = outputOf(SAMPLE, '--json', '--seed', '5');
    strictEqual(outputOf(SAMPLE, '--json', '--seed', '5'), first);
    const report: unknown = JSON.parse(first);
    ok(typeof report === 'object' && report !== null);
    deepStrictEqual(Object.keys(report), [
      'version',
      'runtime',
      'cores',
      'switchIntervalNs',
      'calibratedOn',
      'verdict',
      'statistics',
      'criticalPath',
      'blame',
      'problems',
      'findings',
    ]);
  });

  it('tells how long holds lasted and what the critical path is', () => {
    const report = JSON.parse(outputOf(SAMPLE, '--json')) as {
      readonly statistics: { readonly wallNs: number; readonly locks: readonly unknown[] };
      readonly criticalPath: readonly { readonly ns: number }[];
    };
    strictEqual(
      report.criticalPath.reduce((sum, { ns }) => sum + ns, 0),
      report.statistics.wallNs,
    );
    const locks = JSON.stringify(report.statistics.locks);
    ok(locks.includes('"name":"GIL","kind":"gil","holds":{"count":'), locks);
    ok(/held \d+ times: half up to .*\ncritical path, longest parts: /.test(outputOf(SAMPLE)));
  });

  it('takes another runtime, other cores, threads and interval', () => {
    const options = [
      '--runtime',
      'free-threaded',
      '--cores',
      '8',
      '--threads',
      '6',
      '--interval',
      '1ms',
    ];
    const text = outputOf(SAMPLE, ...options);
    ok(text.startsWith('Free-threaded'), text);
    ok(text.includes('of 8 cores'));
    strictEqual((text.match(/^Thread-/gm) ?? []).length, 6);
  });

  it('takes the value of an option after a space or after =', () => {
    strictEqual(
      outputOf(SAMPLE, '--threads=3', '--cores=2'),
      outputOf(SAMPLE, '--threads', '3', '--cores', '2'),
    );
    ok(refusalOf(SAMPLE, '--trace').startsWith("Option '--trace <value>' argument missing;"));
    strictEqual(
      refusalOf(SAMPLE, '--cores='),
      '--cores: expected a whole number from 1 to 1024, got “”.',
    );
    ok(refusalOf(SAMPLE, '--json=1').startsWith("Option '--json' does not take an argument;"));
  });

  it('is a program called gilscope, whose output may be cut short but not lost', () => {
    const { bin } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { bin: unknown };
    deepStrictEqual(bin, { gilscope: 'dist/cli.js' });
    const shell = (line: string): { code: number | null; said: string } => {
      const { status, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
      return { code: status, said: stderr };
    };
    const command = `node dist/cli.js simulate ${SAMPLE} --threads 40 --json`;
    deepStrictEqual(shell(`${command} | head -c 10 > /dev/null`), { code: 0, said: '' });
    if (!fs.existsSync('/dev/full')) return;
    const full = shell(`${command} > /dev/full`);
    strictEqual(full.code, 2, full.said);
    ok(full.said.startsWith('gilscope: the report cannot be written: ENOSPC'), full.said);
  });

  it('writes a trace that can be read back', () => {
    const temporary = makeTemporaryFolder();
    try {
      const file = path.join(temporary.folder, 'trace.json');
      outputOf(SAMPLE, '--trace', file);
      const trace = readTraceJson(fs.readFileSync(file, 'utf8'));
      ok(trace.lanes.length > 1 && trace.nowNs > 0);
    } finally {
      temporary.dispose();
    }
  });

  it('uses the costs of a calibration, and says so', () => {
    const temporary = makeTemporaryFolder();
    try {
      const file = path.join(temporary.folder, 'costs.json');
      const python = { implementation: 'CPython', version: '3.12.3', gil: true };
      const found = { name: 'spawnChildNs', value: 1e9, low: 1e9, high: 1e9, sampleCount: 1 };
      const calibration = {
        version: 1,
        python: { ...python, cores: 2, switchIntervalNs: 5e6 },
        found: [found],
      };
      fs.writeFileSync(file, JSON.stringify(calibration));
      const text = outputOf(SAMPLE, '--runtime', 'processes-spawn', '--costs', file);
      ok(text.includes('\ncosts calibrated on CPython 3.12.3\n'), text);
      ok(/Process-1 .* 1 s$/m.test(text), text); // the last column is what starting takes
      fs.writeFileSync(file, JSON.stringify({ ...calibration, found: [{ ...found, value: -1 }] }));
      ok(refusalOf(SAMPLE, '--costs', file).endsWith('spawnChildNs is -1, expected 0 ns to 10 s.'));
      fs.writeFileSync(file, 'costs');
      ok(refusalOf(SAMPLE, '--costs', file).includes('is not a calibration: it is not what'));
      ok(refusalOf(SAMPLE, '--costs', 'nowhere.json').includes('nowhere.json cannot be read'));
    } finally {
      temporary.dispose();
    }
  });

  describe('with programs that cannot go on', () => {
    const temporary = makeTemporaryFolder();
    after(() => temporary.dispose());

    function outputFor(lines: string, ...words: string[]): string {
      const file = path.join(temporary.folder, 'work.py');
      fs.writeFileSync(file, lines);
      return outputOf(file, ...words);
    }

    const TWO_LOCKS = [
      ['one', 'a', 'b'],
      ['two', 'b', 'a'],
    ]
      .map(
        ([name, first, second]) => `
def ${name}():  # gil: threads 1
    with ${first}:  # gil: lock
        work()  # gil: compute 20ms
        with ${second}:  # gil: lock
            work()  # gil: compute 1ms
`,
      )
      .join('');

    it('says who waits for whom in a deadlock, by the names of the picture', () => {
      const chain = (name: string): string =>
        `Deadlock: ${name}-1 waits for lock b, held by ${name}-2, which waits for lock a, held by ${name}-1.`;
      ok(outputFor(TWO_LOCKS).includes(chain('Thread')));
      ok(outputFor(TWO_LOCKS, '--runtime', 'processes').includes(chain('Process')));
      const report: unknown = JSON.parse(outputFor(TWO_LOCKS, '--json'));
      ok(typeof report === 'object' && report !== null && 'problems' in report);
      deepStrictEqual(report.problems, [chain('Thread')]);
    });

    it('counts steps that take no time, and comes to their end', () => {
      const text = outputFor(`def work():  # gil: threads 3
    for i in range(1_000_000):
        nothing()  # gil: compute 0ms
`);
      ok(!text.includes('Stopped'), text);
    });

    it('says that it was cut off after an hour', () => {
      const text = outputFor(
        `def work():  # gil: threads 1
    for i in range(100_000):
        wait()  # gil: io 50ms
`,
      );
      ok(text.includes('Stopped after 3600 s: it goes on, but no longer run is simulated.'), text);
    });

    it('tells what was not taken as it stands, with the line', () => {
      const text = outputFor(`def work():  # gil: threads 1
    with a:  # gil: lock
        with a:  # gil: lock
            compute()  # gil: compute 1ms
    while True:
        compute()  # gil: compute 1ms
`);
      ok(/^line 3: This thread holds this lock already/m.test(text), text);
      ok(/^line 5: How often this runs cannot be read/m.test(text), text);
    });

    it('does not advise what would make it slower', () => {
      const text = outputFor(`def work():  # gil: threads 2
    compute()  # gil: compute 2ms
`);
      // Two processes need 30 ms to come to life.
      ok(/^Not worth it here: .*processes.*predicted: 3\d.* ms instead of 4/m.test(text), text);
    });
  });

  it('refuses in one sentence what it cannot read', () => {
    ok(refusalOf().startsWith('Expected one Python file, got 0.'));
    ok(refusalOf('nowhere.py').includes('cannot be read'));
    ok(refusalOf('esbuild.js').includes('has nothing to simulate'));
    ok(refusalOf('media').includes('media cannot be read'));
    ok(refusalOf('media/icon.png').endsWith('icon.png is not a text file in UTF-8.'));
    ok(refusalOf(SAMPLE, '--trace', 'media').includes('media cannot be written'));
    ok(refusalOf(SAMPLE, '--runtime', 'magic').includes('There is no runtime “magic”'));
    ok(refusalOf(SAMPLE, '--cores', '0').includes('--cores: expected a whole number from 1'));
    ok(refusalOf(SAMPLE, '--threads', '-1').startsWith("Option '--threads' argument is ambiguous"));
    ok(refusalOf(SAMPLE, '--threads=-1').includes('--threads: expected a whole number'));
    ok(refusalOf(SAMPLE, '--interval', '5').includes('expected a unit'));
    ok(refusalOf(SAMPLE, '--seed').includes('argument missing'));
    ok(refusalOf(SAMPLE, '--sed', '1').includes('There is no option --sed'));
  });
});
