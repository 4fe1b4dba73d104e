// When builds are certified: once each, beside the recording that met them first, and kept for all later ones.

import { existsSync, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { certify, type Certificate } from './certification';
import { CertificateStore } from './certificates';
import {
  buildKey,
  locateRuntime,
  type BuildKey,
  type BuildKnowledge,
  type ElfCache,
  type Located,
} from '../cpython/locateRuntime';
import { interpreterOf, runsSameFile } from './interpreterProgram';
import type { Layout } from '../cpython/layout';

/** A build whose first recording this is, and what came of its certification: undefined if it was not examined. */
export interface Verdict {
  readonly layout: Layout;
  readonly certificate: Certificate | undefined;
}

/** Finds runtimes with what is known of their builds, and sees to it that more becomes known. */
export class Certifier {
  readonly #elf: ElfCache = new Map();
  readonly #store: CertificateStore;
  readonly #mayRun: boolean;
  readonly #tell: (verdict: Verdict) => void;
  /** Builds whose examination began in this recording; true while it lasts. */
  readonly #examined = new Map<BuildKey, boolean>();

  /**
   * `mayRun`: whether the interpreter may be run for an examination. That of a process that somebody else started
   * may not: it may be another user's, and nobody asked for it to be run. Nothing but an interpreter is ever run, and
   * of interpreters only the one that the person's command became: other programs would do their work twice.
   */
  constructor(folder: string, mayRun: boolean, tell: (verdict: Verdict) => void) {
    this.#store = new CertificateStore(folder);
    this.#mayRun = mayRun;
    this.#tell = tell;
  }

  /** `root`: the process that the person's command became. */
  locate(pid: number, root: number): Located {
    const knowledgeOf = (build: BuildKey): BuildKnowledge => this.#store.knowledgeOf(build);
    const located = locateRuntime(pid, { elf: this.#elf, knowledgeOf });
    if (located.kind === 'found') {
      const { build, layout } = located.runtime;
      this.#examineOnce({ pid, root }, build, layout);
    } else if (located.kind === 'unsupported' && located.doubtful) {
      const { build, layout } = located.doubtful;
      this.#examineOnce({ pid, root }, build, layout);
      if (this.#examined.get(build) === true) return { kind: 'starting' };
    }
    return located;
  }

  /** Whether the interpreter behind a command failed its certification in an earlier recording. */
  hasFailed(command: string): boolean {
    const executable = executableOf(command);
    return executable !== undefined && this.#store.read(keyOf(executable))?.kind === 'failed';
  }

  #examineOnce(process: Examinee, build: BuildKey, layout: Layout): void {
    if (!this.#mayRun || this.#examined.has(build) || this.#store.read(build)) return;
    const { pid, root } = process;
    const executable = runsSameFile(pid, root) ? interpreterOf(pid) : undefined;
    if (executable === undefined) {
      this.#examined.set(build, false);
      this.#tell({ layout, certificate: undefined });
      return;
    }
    this.#examined.set(build, true);
    examine(executable, { build, layout })
      .then(certificate => {
        if (!certificate) return; // nothing was learnt: another time, perhaps
        this.#store.write(build, certificate);
        // Before the next start only the executable is known, and not which library it will load.
        this.#store.write(keyOf(executable), certificate);
        this.#tell({ layout, certificate });
      })
      // The recording goes on as it would without: what is odd here is odd for the examination only.
      .catch(() => undefined)
      .finally(() => this.#examined.set(build, false));
  }
}

interface Examinee {
  readonly pid: number;
  readonly root: number;
}

function keyOf(executable: string): BuildKey {
  const stat = statSync(executable, { throwIfNoEntry: false });
  return stat ? buildKey(executable, stat) : executable;
}

/** The file that a command names, as the system would look for it. */
function executableOf(command: string): string | undefined {
  const folders = command.includes('/') ? [''] : (process.env.PATH ?? '').split(delimiter);
  for (const folder of folders) {
    const file = join(folder, command);
    if (existsSync(file)) return realpathSync(file);
  }
  return undefined;
}

/** A failure counts for ever, so it must happen twice: on a busy machine a thread may not come to where it should be. */
async function examine(
  executable: string,
  runtime: { readonly build: BuildKey; readonly layout: Layout },
): Promise<Certificate | undefined> {
  const first = await certify(executable, runtime);
  return first?.kind === 'failed' ? certify(executable, runtime) : first;
}
