// From which side a program is recorded: from outside where that works, else from inside.

import type { Certifier } from './certifier';
import {
  looksLikePython,
  parsePythonArguments,
  type InsideWay,
  type PythonTarget,
} from './insideProgram';
import { whyNotFromOutside } from './outsideAccess';
import type { RecorderRequest } from './request';
import * as sentences from './sentences';

export type ProgramRequest = RecorderRequest & { readonly kind: 'program' };

/** How the program is to be recorded: from inside if `request` is there, not at all if there is a problem. */
export function chooseSide(
  request: ProgramRequest,
  certifier: Certifier,
): {
  readonly request?: { readonly way: InsideWay; readonly target: PythonTarget };
  /** Why it is from inside although nobody asked for it. */
  readonly why?: string;
  readonly problem?: string;
} {
  const failed = certifier.hasFailed(request.command)
    ? sentences.INSIDE_BECAUSE_UNCERTIFIED
    : undefined;
  const why = request.inside ? undefined : (whyNotFromOutside() ?? failed);
  if (!request.inside && why === undefined) return {};
  const target = looksLikePython(request.command) ? parsePythonArguments(request.args) : undefined;
  if (!target) return { problem: sentences.CANNOT_GO_INSIDE };
  return { request: { way: request.inside ?? 'probe', target }, ...(why ? { why } : {}) };
}
