// The kernel as a witness of the GIL: it logs each entry to and return from `take_gil` and each entry to `drop_gil` of
// one libpython (uprobes). Linux, root, and a library with symbols only; the probes cost the program 1 to 3 µs each.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const TRACING = '/sys/kernel/tracing';
const INSTANCE = path.join(TRACING, 'instances/gilscope');
const GROUP = 'gilscope';
const BUFFER_KIB = 64 * 1024;

/** One thing that a thread did to the GIL; times of CLOCK_MONOTONIC in ns, to the µs. */
export interface GilAct {
  readonly timeNs: number;
  readonly threadId: number;
  readonly act: 'ask' | 'take' | 'drop';
}

/** Why this machine cannot be a witness, or undefined. */
export function whyNoGilTrace(library: string): string | undefined {
  if (!fs.existsSync(path.join(TRACING, 'uprobe_events')))
    return 'no tracefs (as root: mount -t tracefs tracefs /sys/kernel/tracing)';
  try {
    fs.accessSync(path.join(TRACING, 'uprobe_events'), fs.constants.W_OK);
  } catch {
    return 'tracefs is not writable (only root may)';
  }
  return symbolsOf(library).size < 2 ? `${library} has no symbols for take_gil` : undefined;
}

/** Starts the log; `stop` ends it and returns it in the order of time. Only one at a time on a machine. */
export function startGilTrace(library: string): { stop(): readonly GilAct[] } {
  const symbols = symbolsOf(library);
  const place = (name: string): string => `${library}:0x${(symbols.get(name) ?? 0).toString(16)}`;
  fs.mkdirSync(INSTANCE, { recursive: true });
  removeProbes();
  for (const line of [
    `p:${GROUP}/ask ${place('take_gil')}`,
    `r:${GROUP}/take ${place('take_gil')}`,
    `p:${GROUP}/drop ${place('drop_gil')}`,
  ])
    fs.appendFileSync(path.join(TRACING, 'uprobe_events'), `${line}\n`);
  set('trace_clock', 'mono');
  set('buffer_size_kb', String(BUFFER_KIB));
  set('trace', '');
  set(`events/${GROUP}/enable`, '1');
  set('tracing_on', '1');
  return {
    stop: () => {
      set('tracing_on', '0');
      const text = fs.readFileSync(path.join(INSTANCE, 'trace'), 'utf8');
      removeProbes();
      fs.rmdirSync(INSTANCE);
      return parse(text);
    },
  };
}

function set(file: string, value: string): void {
  fs.writeFileSync(path.join(INSTANCE, file), value);
}

function removeProbes(): void {
  if (!fs.existsSync(path.join(INSTANCE, 'events', GROUP))) return;
  set(`events/${GROUP}/enable`, '0');
  fs.appendFileSync(path.join(TRACING, 'uprobe_events'), `-:${GROUP}/\n`);
}

/** Offsets in the file: of a library that is mapped from its beginning they are the addresses of its code. */
function symbolsOf(library: string): Map<string, number> {
  const lines = execFileSync('nm', [library], { encoding: 'utf8' }).split('\n');
  const found = new Map<string, number>();
  for (const line of lines) {
    const match = /^([0-9a-f]+) t (take_gil|drop_gil)$/.exec(line);
    if (match) found.set(match[2], parseInt(match[1], 16));
  }
  return found;
}

function parse(text: string): GilAct[] {
  if (/entries-in-buffer\/entries-written: (\d+)\/(?!\1\b)/.test(text))
    throw new Error('the log of the kernel overflowed');
  const acts: GilAct[] = [];
  const pattern = /-(\d+)\s+\[\d+\]\s+\S+\s+(\d+)\.(\d{6}): (ask|take|drop):/g;
  for (const [, thread, seconds, micros, act] of text.matchAll(pattern)) {
    const timeNs = Number(seconds) * 1e9 + Number(micros) * 1e3;
    acts.push({ timeNs, threadId: Number(thread), act: act as GilAct['act'] });
  }
  return acts.sort((a, b) => a.timeNs - b.timeNs);
}
