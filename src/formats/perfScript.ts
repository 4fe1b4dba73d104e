// `perf script` with probes on take_gil and drop_gil: the text that perf prints, a line an event. docs/formats.md says
// how to record one.

import { UserError } from '../core/errors';
import type { ReadTrace, TraceFormat } from './format';
import { GilProbes, PROBES_TELL_NOT, type ProbeKind } from './gilProbes';
import { ImportedRun } from './importedRun';
import { Losses } from './losses';
import { keepSoleHolders } from './soleHolders';
import type { TraceFile } from './traceFile';

/** `name thread [core] seconds.fraction: group:event: …`; a name may have blanks, and the process may stand before the thread. */
const LINE =
  /^\s*(.+?)\s+(?:(\d+)\/)?(\d+)\s+(?:\[(\d+)\]\s+)?(\d+)\.(\d+):\s+(?:\S*:)?((?:take|drop)_gil(?:__return)*):/;
const RECOGNISED = /\d+\.\d+:\s+\S*(?:take|drop)_gil(?:__return)*:/;

export const PERF_SCRIPT: TraceFormat = {
  name: 'perf script with probes on the GIL',
  extensions: ['txt', 'perf'],
  recognises: file => RECOGNISED.test(file.head),
  read: readPerfScript,
};

interface Probe {
  readonly command: string;
  readonly pid: string;
  readonly tid: string;
  readonly core: number;
  readonly ns: number;
  readonly kind: ProbeKind;
}

function readPerfScript(file: TraceFile): ReadTrace {
  const losses = new Losses();
  const probes = probesOf(file.text, losses);
  if (probes.length === 0) throw new UserError('There is no event of the GIL in it.');
  const run = new ImportedRun();
  const threads = new Map<string, GilProbes>();
  for (const probe of probes) threadOf(run, threads, probe).see(probe.kind, probe.ns);
  for (const thread of threads.values()) thread.end();
  const { count } = keepSoleHolders(run.threads);
  const mixed = count === 0 ? [] : [mixedText(count)];
  const cores = Math.max(...[...new Set(probes.map(({ core }) => core))]) + 1;
  const exact = { kind: 'exact' } as const;
  const facts = {
    runtime: 'gil',
    title: 'perf: who holds the GIL',
    subtitle: 'probes on take_gil and drop_gil',
    certainty: { states: exact, handOffs: exact, lines: exact },
    cores: cores > 0 ? cores : undefined,
    notTold: [PROBES_TELL_NOT, ...mixed],
  };
  return run.build(facts, losses, probes[probes.length - 1].ns);
}

export function mixedText(count: number): string {
  return `The file shows two holders of one GIL ${count.toLocaleString('en')} times: it may mix processes. The earlier holder is drawn as not observed there.`;
}

function threadOf(run: ImportedRun, known: Map<string, GilProbes>, probe: Probe): GilProbes {
  const key = `${probe.pid}/${probe.tid}`;
  const found = known.get(key);
  if (found) return found;
  const process = run.process(probe.pid, probe.command);
  const thread = run.thread(`${probe.command} ${probe.tid}`, process);
  thread.isMain = probe.pid === probe.tid;
  const made = new GilProbes(thread);
  known.set(key, made);
  return made;
}

/** In order of time: perf prints each core's buffer in turn. */
function probesOf(text: string, losses: Losses): readonly Probe[] {
  const probes: Probe[] = [];
  let baseSeconds = NaN;
  let number = 0;
  for (const line of linesOf(text)) {
    number++;
    if (!line.includes('_gil')) continue;
    const match = line.length < 2000 ? LINE.exec(line) : null;
    if (!match) {
      losses.add('line that perf does not write', `line ${number}`);
      continue;
    }
    const seconds = Number(match[5]);
    if (Number.isNaN(baseSeconds)) baseSeconds = seconds;
    probes.push(probeOf(match, (seconds - baseSeconds) * 1e9));
  }
  return probes.sort((a, b) => a.ns - b.ns);
}

function probeOf(match: RegExpExecArray, ns: number): Probe {
  const [, command, pid = '', tid, core = '-1', , fraction, event] = match;
  const isReturn = event.includes('__return');
  const isTake = event.startsWith('take');
  const kind = isTake ? (isReturn ? 'took' : 'take') : isReturn ? 'dropped' : 'drop';
  const fractionNs = Number(fraction.slice(0, 9).padEnd(9, '0'));
  return { command, pid, tid, core: Number(core), ns: ns + fractionNs, kind };
}

/** The lines of a text, one at a time. */
export function* linesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    yield text.slice(at, end < 0 ? text.length : end);
    if (end < 0) return;
    at = end + 1;
  }
}
