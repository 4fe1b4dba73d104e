// From which side a program is recorded: from outside where that works, else from inside.

import type { Certifier } from './certification/certifier';
import {
  looksLikePython,
  parsePythonArguments,
  type InsideWay,
  type PythonTarget,
} from './inside/insideProgram';
import { whyNotFromOutside } from './system/outsideAccess';
import type { RecorderRequest } from './file/request';
import * as sentences from './sampling/sentences';

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
