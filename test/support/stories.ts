// The little language of the tests: programs and traces as lines of text.
//
//   program`                                    story(trace)
//     A  compute 12ms                    →      A  run 5 · wait 3 · run 7
//     B  compute 3ms                            B  wait 5 · run 3
//   `
//
// A line is a thread: its name, two spaces or more, its steps between `·`. Without a line `main`, a main thread starts
// all others at once and ends. Steps: compute 3ms · compute 3ms touching 20% of X · c 3ms (C code that keeps the GIL)
// · free 3ms (C code that lets go of it) · sleep 3ms · io 3ms · start A · start A with 2MB · join A · lock L ·
// unlock L · wait C (a condition; its lock is named C too) · notify C · notify all C · put Q · put Q with 2MB objects
// · put Q for 4 tasks · get Q · close Q · for each Q (…) · repeat 3 (…) · collect 3ms · require gil.
// `queue Q 2` on a line of its own limits a queue. Source line N is line N of the text.

import type { Program, SharedWork, Step, ThreadPlan } from '../../src/core/model/program';
import { UNKNOWN_POSITION } from '../../src/core/model/program';
import { LaneState } from '../../src/core/model/lanes';
import type { Trace } from '../../src/core/model/trace';
import { parseDuration } from '../../src/core/units';

/** Reads a program; throws an Error that names the line it cannot read. */
export function program(text: TemplateStringsArray | string): Program {
  const lines = (typeof text === 'string' ? text : text.join(''))
    .split('\n')
    .map((line, index) => ({ text: line.trim(), number: index + 1 }))
    .filter(line => line.text !== '');
  return new StoryReader().read(lines);
}

interface Line {
  readonly text: string;
  readonly number: number;
}

class Names {
  readonly all: string[] = [];

  indexOf(name: string): number {
    const known = this.all.indexOf(name);
    return known >= 0 ? known : this.all.push(name) - 1;
  }
}

class StoryReader {
  readonly #threads = new Names();
  readonly #locks = new Names();
  readonly #conditions = new Names();
  readonly #queues = new Names();
  readonly #objects = new Names();
  readonly #capacities = new Map<string, number>();

  read(lines: readonly Line[]): Program {
    const bodies: { name: string; line: Line; steps: string }[] = [];
    for (const line of lines) {
      const queue = /^queue (\S+) (\d+)$/.exec(line.text);
      if (queue) this.#capacities.set(queue[1], Number(queue[2]));
      const thread = queue ? null : /^(\S+)(?: {2,}(.*))?$/.exec(line.text);
      if (thread) bodies.push({ name: thread[1], line, steps: thread[2] || '' });
      else if (!queue) throw new Error(`cannot read “${line.text}”`);
    }
    const hasMain = bodies.some(body => body.name === 'main');
    this.#threads.indexOf('main');
    for (const { name } of bodies) this.#threads.indexOf(name);
    const plans: ThreadPlan[] = this.#threads.all.map(name => {
      const body = bodies.find(candidate => candidate.name === name);
      return { name, body: body ? this.#steps(body.steps, body.line.number) : [] };
    });
    if (!hasMain) {
      const starts = plans.slice(1).map((_, i): Step => ({ kind: 'start', thread: i + 1, at: 0 }));
      plans[0] = { name: 'main', body: starts };
    }
    const last = Math.max(0, ...lines.map(line => line.number));
    return {
      name: 'story.py',
      threads: plans,
      locks: this.#locks.all,
      conditions: this.#conditions.all.map(name => ({ name, lock: this.#locks.indexOf(name) })),
      queues: this.#queues.all.map(name => ({ name, capacity: this.#capacities.get(name) ?? 0 })),
      objects: this.#objects.all,
      positions: [
        UNKNOWN_POSITION,
        ...Array.from({ length: last }, (_, i) => ({
          file: 'story.py',
          line: i + 1,
          functionName: '',
        })),
      ],
    };
  }

  #steps(text: string, at: number): Step[] {
    return splitSteps(text).map(step => this.#step(step, at));
  }

  #step(text: string, at: number): Step {
    const loop = /^(repeat|for each) (\S+) \((.*)\)$/.exec(text);
    if (loop) {
      const body = this.#steps(loop[3], at);
      if (loop[1] === 'repeat') return { kind: 'repeat', times: Number(loop[2]), body, at };
      return { kind: 'forEach', queue: this.#queues.indexOf(loop[2]), body, at };
    }
    const [word, ...rest] = text.split(' ');
    switch (word) {
      case 'compute':
        return { kind: 'compute', ns: duration(rest[0]), ...this.#touches(rest), at };
      case 'c':
        return { kind: 'native', gil: 'holds', ns: duration(rest[0]), at };
      case 'free':
        return { kind: 'native', gil: 'releases', ns: duration(rest[0]), at };
      case 'sleep':
      case 'io':
        return { kind: 'block', why: word, ns: duration(rest[0]), at };
      case 'collect':
        return { kind: 'collect', ns: duration(rest[0]), at };
      case 'require':
        return { kind: 'requireGil', at };
      case 'start':
        return { kind: 'start', thread: this.#threads.indexOf(rest[0]), ...sends(text), at };
      case 'join':
        return { kind: 'join', thread: this.#threads.indexOf(rest[0]), at };
      case 'lock':
      case 'unlock':
        return { kind: word, lock: this.#locks.indexOf(rest[0]), at };
      case 'wait':
        return { kind: 'wait', condition: this.#conditions.indexOf(rest[0]), at };
      case 'notify':
        return {
          kind: 'notify',
          condition: this.#conditions.indexOf(rest[rest.length - 1]),
          all: rest[0] === 'all',
          at,
        };
      case 'put': {
        const tasks = /for (\d+) tasks?/.exec(text);
        const queue = this.#queues.indexOf(rest[0]);
        return {
          kind: 'put',
          queue,
          ...sends(text),
          ...(tasks ? { tasks: Number(tasks[1]) } : {}),
          at,
        };
      }
      case 'get':
      case 'close':
        return { kind: word, queue: this.#queues.indexOf(rest[0]), at };
      default:
        throw new Error(`line ${at}: cannot read the step “${text}”`);
    }
  }

  #touches(words: readonly string[]): { touches?: SharedWork } {
    if (words[1] !== 'touching') return {};
    return {
      touches: { object: this.#objects.indexOf(words[4]), share: parseInt(words[2]) / 100 },
    };
  }
}

function sends(text: string): { sends?: { bytes: number; content: 'bytes' | 'objects' } } {
  const match = /with ([\d.]+)MB( bytes)?/.exec(text);
  if (!match) return {};
  const content = (match[2] as string | undefined) === undefined ? 'objects' : 'bytes';
  return { sends: { bytes: Number(match[1]) * 1e6, content } };
}

function duration(text: string): number {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.ns;
}

/** Splits at `·` outside parentheses. */
function splitSteps(text: string): string[] {
  const steps: string[] = [];
  let depth = 0;
  let step = '';
  for (const character of text) {
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === '·' && depth === 0) {
      steps.push(step.trim());
      step = '';
    } else step += character;
  }
  return [...steps, step.trim()].filter(part => part !== '');
}

const WORDS: Readonly<Record<number, string>> = {
  [LaneState.notStarted]: 'not yet',
  [LaneState.starting]: 'starting',
  [LaneState.runningWithGil]: 'run',
  [LaneState.runningWithoutGil]: 'free',
  [LaneState.waitingForGil]: 'wait',
  [LaneState.waitingForLock]: 'lock',
  [LaneState.blocked]: 'block',
  [LaneState.ready]: 'ready',
  [LaneState.unknown]: 'unknown',
};

/** The lanes of a trace as lines, times in ms: `A  run 5 · wait 3 · run 7`. The main thread only if it does anything. */
export function story(trace: Trace): string {
  return trace.stores
    .map((store, lane) => {
      const parts: { word: string; ns: number }[] = [];
      for (let i = 0; i < store.count; i++) {
        const ns = store.endOf(i) - store.startOf(i);
        if (ns === 0 || store.stateOf(i) === LaneState.finished) continue;
        const word = WORDS[store.stateOf(i)];
        const last = parts.at(-1);
        if (last?.word === word) last.ns += ns;
        else parts.push({ word, ns });
      }
      const text = parts.map(part => `${part.word} ${part.ns / 1e6}`).join(' · ');
      return { name: trace.lanes[lane].name, text };
    })
    .filter(({ name, text }) => name !== 'main' || text !== '')
    .map(({ name, text }) => `${name}  ${text}`)
    .join('\n');
}

/** A story as it stands in a test: indentation and empty lines removed. */
export function told(text: string): string {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
    .join('\n');
}
