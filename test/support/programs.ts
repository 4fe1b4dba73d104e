// A realistic program for pictures: four workers that compute, call C code that lets go of the GIL, and read.

import type { Program, Step } from '../../src/core/model/program';
import { NS_PER_MS } from '../../src/core/units';

/** `workers` threads that each do `rounds` of computing, a native call and a short read; the main thread joins them. */
export function crunchProgram(workers = 4, rounds = 12): Program {
  const at = { main: 1, sieve: 2, collatz: 3, zlib: 4, read: 5 };
  const body = (worker: number): Step[] => [
    {
      kind: 'repeat',
      times: rounds,
      at: 0,
      body: [
        {
          kind: 'compute',
          ns: (26 + 3 * worker) * NS_PER_MS,
          at: worker % 2 === 0 ? at.sieve : at.collatz,
        },
        { kind: 'native', ns: 6 * NS_PER_MS, gil: 'releases', at: at.zlib },
        { kind: 'compute', ns: 7 * NS_PER_MS, at: at.sieve },
        { kind: 'block', ns: (3 + worker) * NS_PER_MS, why: 'io', at: at.read },
      ],
    },
  ];
  const indices = Array.from({ length: workers }, (_, i) => i);
  return {
    name: 'crunch.py',
    locks: [],
    positions: [
      { file: '', line: 0, functionName: '' },
      { file: 'crunch.py', line: 90, functionName: 'main' },
      { file: 'crunch.py', line: 42, functionName: 'sieve' },
      { file: 'crunch.py', line: 58, functionName: 'collatz' },
      { file: 'crunch.py', line: 71, functionName: 'compress' },
      { file: 'crunch.py', line: 77, functionName: 'read' },
    ],
    threads: [
      {
        name: 'MainThread',
        body: [
          ...indices.map(i => ({ kind: 'start', thread: i + 1, at: at.main }) as const),
          ...indices.map(i => ({ kind: 'join', thread: i + 1, at: at.main }) as const),
        ],
      },
      ...indices.map(i => ({ name: `Thread-${i + 1}`, body: body(i) })),
    ],
  };
}
