// The tables of a trace file: lanes, locks, positions, marks.

import { UserError } from '../core/errors';
import { UNKNOWN_POSITION, type SourcePosition } from '../core/model/program';
import { CUT_REASONS, MARK_KINDS, noteOf, type Mark } from '../core/model/mark';
import type { CpuReading, ProcessInfo } from '../core/model/measured';
import { LOCK_TYPES, NO_LOCK, type LaneInfo, type LockInfo } from '../core/model/trace';
import { flagOf, listOf, objectOf, oneOf, textOf, wholeNumberOf } from './json';

export function readLanes(value: unknown): LaneInfo[] {
  return listOf(value, 'lanes').map((entry, i) => {
    const lane = objectOf(entry, `lanes[${i}]`);
    return {
      name: textOf(lane.name, `lanes[${i}].name`),
      process: wholeNumberOf(lane.process, `lanes[${i}].process`),
      interpreter: wholeNumberOf(lane.interpreter, `lanes[${i}].interpreter`),
      gil: wholeNumberOf(lane.gil, `lanes[${i}].gil`, NO_LOCK),
      main: flagOf(lane.main, `lanes[${i}].main`),
      ...(lane.native === true ? { native: true } : {}),
    };
  });
}

export function readLocks(value: unknown): LockInfo[] {
  return listOf(value, 'locks').map((entry, i) => {
    const lock = objectOf(entry, `locks[${i}]`);
    return {
      name: textOf(lock.name, `locks[${i}].name`),
      kind: oneOf(lock.kind, `locks[${i}].kind`, ['gil', 'lock']),
      ...(lock.type === undefined
        ? {}
        : { type: oneOf(lock.type, `locks[${i}].type`, LOCK_TYPES) }),
    };
  });
}

/** Position 0 must be there: it stands for "unknown". */
export function readPositions(value: unknown): SourcePosition[] {
  const positions = listOf(value, 'positions').map((entry, i) => {
    const position = objectOf(entry, `positions[${i}]`);
    return {
      file: textOf(position.file, `positions[${i}].file`),
      line: wholeNumberOf(position.line, `positions[${i}].line`),
      functionName: textOf(position.functionName, `positions[${i}].functionName`),
    };
  });
  if (positions.length === 0)
    throw new UserError('positions: expected at least the unknown position.');
  return [UNKNOWN_POSITION, ...positions.slice(1)];
}

/** A mark that is only a text, or of a kind that is not known here, is a note. */
export function readMarks(value: unknown): Mark[] {
  return listOf(value, 'marks').map((entry, i) =>
    typeof entry === 'string' ? noteOf(entry) : readMark(entry, `marks[${i}]`),
  );
}

function readMark(entry: unknown, what: string): Mark {
  const fields = objectOf(entry, what);
  const text = textOf(fields.text, `${what}.text`);
  const named = textOf(fields.kind, `${what}.kind`);
  const kind = MARK_KINDS.find(known => known === named) ?? 'note';
  switch (kind) {
    case 'deadlock':
      return { kind, text, waitsForLock: flagOf(fields.waitsForLock, `${what}.waitsForLock`) };
    case 'cut-off':
      return { kind, text, reason: oneOf(fields.reason, `${what}.reason`, CUT_REASONS) };
    default:
      return { kind, text };
  }
}

/** What is known of processes; files without it are older. */
export function readProcesses(value: unknown): ProcessInfo[] {
  return listOf(value, 'processes').map((entry, i) => {
    const fields = objectOf(entry, `processes[${i}]`);
    return {
      process: wholeNumberOf(fields.process, `processes[${i}].process`),
      pid: wholeNumberOf(fields.pid, `processes[${i}].pid`),
      command: textOf(fields.command, `processes[${i}].command`),
      ...(typeof fields.role === 'string' ? { role: fields.role } : {}),
    };
  });
}

export function readCpu(value: unknown): CpuReading[] {
  return listOf(value, 'cpu').map((entry, i) => {
    const fields = objectOf(entry, `cpu[${i}]`);
    const number = (name: keyof CpuReading): number =>
      wholeNumberOf(fields[name], `cpu[${i}].${name}`);
    return {
      timeNs: number('timeNs'),
      process: number('process'),
      cpuNs: number('cpuNs'),
      nativeNs: number('nativeNs'),
      throttledNs: number('throttledNs'),
    };
  });
}
