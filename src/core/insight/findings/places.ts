// What the file of a line tells of it.

import type { PositionIndex } from '../../model/program';
import type { Trace } from '../../model/trace';

const POOLS =
  /\/(multiprocessing\/(pool|queues|connection|reduction|synchronize)|concurrent\/futures\/(thread|process|_base)|queue)\.py$/;
const PROCESSES = /\/(multiprocessing\/\w+|concurrent\/futures\/process|pickle)\.py$/;
const IMPORTS = /^<frozen |\/importlib\//;

/** Whether a line belongs to what hands tasks to a pool and takes results from it. */
export function isPoolMachinery({ positions }: Trace, place: PositionIndex): boolean {
  return POOLS.test(positions[place].file);
}

/** Whether a line belongs to what starts processes and talks with them. */
export function isProcessMachinery({ positions }: Trace, place: PositionIndex): boolean {
  return PROCESSES.test(positions[place].file);
}

/** Whether a line is the body of a module, or of what loads one: no work of a running program. */
export function isStartUp({ positions }: Trace, place: PositionIndex): boolean {
  const { file, functionName } = positions[place];
  return functionName === '<module>' || IMPORTS.test(file);
}
