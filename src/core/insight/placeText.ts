// A place in the program, in words.

import type { PositionIndex } from '../model/program';
import type { Trace } from '../model/trace';
import { shortName } from '../names';

/** A line in words: the line alone where a trace is of one file only, as simulated ones are; else its file, too. */
export function placeText({ positions, header }: Trace, position: PositionIndex): string {
  const { file, line, functionName } = positions[position];
  if (line <= 0) return '';
  if (header.engine === 'simulated' || header.engine === 'workers') return `line ${line}`;
  const name = shortName(file.split(/[\\/]/).at(-1) ?? file);
  return functionName === '' || functionName === '<module>'
    ? `${name}:${line}`
    : `${name}:${line} (${shortName(functionName)})`;
}
