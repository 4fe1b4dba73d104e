// One dump of a process that runs already, in this process: no recorder is started, nothing is written.

import { UserError } from '../../core/errors';
import { certificateFolder } from './certification/certificates';
import { Certifier } from './certification/certifier';
import type { Located, LocatedRuntime } from './cpython/locateRuntime';
import { dumpProcess } from './locks/dump';
import type { Dump } from './locks/dumpModel';
import * as sentences from './sampling/sentences';
import { whyNotFromOutside } from './system/outsideAccess';

/** A CPython that just starts shows itself within this time. */
const PATIENCE_MS = 1500;
const BETWEEN_MS = 20;

/** What the process does now. Rejects with a `UserError` where it cannot be read. */
export async function dumpOf(pid: number): Promise<Dump> {
  const problem = process.platform === 'linux' ? undefined : whyNotFromOutside();
  if (problem !== undefined)
    throw new UserError(
      'On this system the memory of another process cannot be read: a dump is made on Linux only.',
    );
  try {
    const dump = await dumpProcess(await runtimeOf(pid));
    if (dump) return dump;
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
  throw new UserError(sentences.gone(pid));
}

async function runtimeOf(pid: number): Promise<LocatedRuntime> {
  // The interpreter of a process that somebody else started is not run for an examination.
  const certifier = new Certifier(certificateFolder(), false, () => undefined);
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const located = certifier.locate(pid, pid);
    if (located.kind === 'found') return located.runtime;
    const isFinal = located.kind === 'pyPy' || located.kind === 'gone';
    if (isFinal || performance.now() > endMs) throw new UserError(whyNot(located, pid));
    await new Promise(resolve => setTimeout(resolve, BETWEEN_MS));
  }
}

function whyNot(located: Located, pid: number): string {
  if (located.kind === 'gone') return sentences.gone(pid);
  return sentences.sentenceFor(located, pid) ?? sentences.NOT_PYTHON;
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}
