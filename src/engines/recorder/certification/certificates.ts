// The certificates of this user's interpreters, kept on disk so that each is examined once: one small file a build.

import { isRecord } from '../../../core/checks';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

import type { Certificate } from './certification';
import type { BuildKey, BuildKnowledge } from '../cpython/locateRuntime';

/** Raised whenever a layout or the examination changes: older certificates are then worth nothing. */
const FORMAT = 2;

/** Where the certificates of this user lie, as the system's convention for caches has it. */
export function certificateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const cache = env.XDG_CACHE_HOME;
  const base = cache !== undefined && isAbsolute(cache) ? cache : join(homedir(), '.cache');
  return join(base, 'gil-scope', 'interpreters');
}

/** Reads and writes certificates. What cannot be read or written is as if it were not there. */
export class CertificateStore {
  readonly #folder: string;
  readonly #known = new Map<BuildKey, Certificate>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The certificate of a build, or undefined: never examined, or the file is damaged or of another format. */
  read(build: BuildKey): Certificate | undefined {
    const known = this.#known.get(build);
    if (known) return known;
    const certificate = readCertificate(this.#file(build), build);
    if (certificate) this.#known.set(build, certificate);
    return certificate;
  }

  /** Whole or not at all: two recorders may write at the same time. False when it could not be kept on disk. */
  write(build: BuildKey, certificate: Certificate): boolean {
    this.#known.set(build, certificate);
    const file = this.#file(build);
    const draft = `${file}.${process.pid}`;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(draft, JSON.stringify({ format: FORMAT, build, certificate }), { mode: 0o600 });
      renameSync(draft, file);
      return true;
    } catch {
      return false; // a full or read-only disk: the build will be examined again
    }
  }

  /** What a certificate means for reading. */
  knowledgeOf(build: BuildKey): BuildKnowledge {
    const certificate = this.read(build);
    if (!certificate) return { kind: 'nothing' };
    return certificate.kind === 'failed'
      ? { kind: 'unreadable' }
      : { kind: 'row', minor: certificate.minor };
  }

  #file(build: BuildKey): string {
    const name = createHash('sha256').update(build).digest('hex').slice(0, 32);
    return join(this.#folder, `${name}.json`);
  }
}

function readCertificate(file: string, build: BuildKey): Certificate | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isStored(value) && value.build === build ? value.certificate : undefined;
  } catch {
    return undefined; // absent, or not JSON
  }
}

function isStored(
  value: unknown,
): value is { readonly build: string; readonly certificate: Certificate } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'format' in value &&
    value.format === FORMAT &&
    'build' in value &&
    typeof value.build === 'string' &&
    'certificate' in value &&
    isCertificate(value.certificate)
  );
}

function isCertificate(value: unknown): value is Certificate {
  if (!isRecord(value) || !('kind' in value)) return false;
  if (!('witness' in value) || typeof value.witness !== 'string') return false;
  if (value.kind === 'failed') return 'wrong' in value && Array.isArray(value.wrong);
  return (
    value.kind === 'certified' &&
    'minor' in value &&
    typeof value.minor === 'number' &&
    'waitsInside' in value &&
    typeof value.waitsInside === 'boolean'
  );
}
