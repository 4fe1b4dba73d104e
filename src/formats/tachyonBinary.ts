// The binary files of CPython's own sampler (`python3.15 -m profiling.sampling run --binary`), plain or with zstd.
// Layout, all in the byte order of the machine: a header of 64 bytes, records of threads, a table of strings, one of
// frames, and a footer. See Tachyon's `profiling_binary_format.md` in CPython.

import { UserError } from '../core/errors';
import { BytesReader, PastTheEnd } from './bytesReader';
import type { ReadTrace, TraceFormat } from './format';
import { ImportedRun } from './importedRun';
import { unpackedZstd } from './inflate';
import { Losses } from './losses';
import { sampledTrace, type SampledThread } from './sampledRows';
import { readFrames, readRecords, type TachyonFrames, type TachyonThread } from './tachyonRecords';
import type { TraceFile } from './traceFile';

const MAGIC = 0x54414348;
const HEADER_BYTES = 64;

export const TACHYON_BINARY: TraceFormat = {
  name: 'Tachyon binary profile',
  extensions: ['bin'],
  recognises: ({ bytes }) => endianOf(bytes) !== undefined,
  read: readTachyonBinary,
};

export interface TachyonHeader {
  readonly version: number;
  readonly littleEndian: boolean;
  /** `3.15.2`. */
  readonly python: string;
  readonly intervalUs: number;
  readonly sampleCount: number;
  readonly threadCount: number;
  readonly stringsAt: number;
  readonly framesAt: number;
  readonly isPacked: boolean;
  readonly mode: number;
}

/** Whether the numbers of a file begin with their lowest byte; undefined for a file of another kind. */
function endianOf(bytes: Uint8Array): boolean | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const magic = new BytesReader(bytes).u32();
  if (magic === MAGIC) return true;
  return magic === 0x48434154 ? false : undefined;
}

/** The header: in betas of 3.15 all from the number of samples on lay four bytes lower. */
function headerOf(bytes: Uint8Array): TachyonHeader {
  const header = headerAt(bytes, true);
  const fits = ({ stringsAt, framesAt }: TachyonHeader): boolean =>
    stringsAt >= HEADER_BYTES - 4 && framesAt >= stringsAt && framesAt <= bytes.length;
  if (fits(header)) return header;
  const older = headerAt(bytes, false);
  return fits(older) ? older : header;
}

function headerAt(bytes: Uint8Array, isFinal: boolean): TachyonHeader {
  const littleEndian = endianOf(bytes) ?? true;
  const reader = new BytesReader(bytes, 4, littleEndian);
  const version = reader.u32();
  const [major, minor, micro] = [reader.u8(), reader.u8(), reader.u8()];
  reader.at = 20;
  return {
    version,
    littleEndian,
    python: `${major}.${minor}.${micro}`,
    intervalUs: reader.u64(),
    sampleCount: isFinal ? reader.u64() : reader.u32(),
    threadCount: reader.u32(),
    ...tablesAt(reader),
    isPacked: reader.u32() === 1,
    mode: reader.left >= 4 ? reader.u32() & 7 : 0,
  };
}

function tablesAt(reader: BytesReader): { stringsAt: number; framesAt: number } {
  return { stringsAt: reader.u64(), framesAt: reader.u64() };
}

/** What a file says, before anything is made of it. */
export interface TachyonProfile {
  readonly header: TachyonHeader;
  readonly threads: readonly TachyonThread[];
  readonly frames: TachyonFrames;
}

export function tachyonProfile({ bytes, name }: TraceFile, losses: Losses): TachyonProfile {
  const header = headerOf(bytes);
  if (header.version !== 1)
    throw new UserError(`It is of version ${header.version}; this program reads version 1.`);
  const frames = framesOf(bytes, header, losses);
  const end = Math.min(bytes.length, Math.max(HEADER_BYTES, header.stringsAt));
  const region = bytes.subarray(HEADER_BYTES, end);
  const { bytes: records, cut } = header.isPacked
    ? unpackedZstd(name, region)
    : { bytes: region, cut: '' };
  if (cut !== '') losses.add('end of the records', cut);
  const reader = new BytesReader(records, 0, header.littleEndian);
  return { header, threads: readRecords(reader, header.sampleCount, losses), frames };
}

/** The tables at the end; a file that was cut has none, and its samples have no lines then. */
function framesOf(bytes: Uint8Array, header: TachyonHeader, losses: Losses): TachyonFrames {
  const { stringsAt, framesAt, littleEndian } = header;
  try {
    const footer = new BytesReader(bytes, bytes.length - 32, littleEndian);
    const counts = { strings: footer.u32(), frames: footer.u32() };
    if (footer.u64() !== bytes.length) throw new PastTheEnd();
    return readFrames(
      new BytesReader(bytes, stringsAt, littleEndian),
      new BytesReader(bytes, framesAt, littleEndian),
      counts,
    );
  } catch (error) {
    if (!(error instanceof PastTheEnd)) throw error;
    losses.add('table of lines, so no line is known', 'the end of the file');
    return [];
  }
}

/** What the modes of the sampler read; 0 in files that do not tell. */
const MODES: readonly string[] = ['', 'wall', 'cpu', 'gil', 'all', 'exception'];
const READS_CPU: readonly number[] = [2, 4];
const GIL_MODE = 3;

function readTachyonBinary(file: TraceFile): ReadTrace {
  const losses = new Losses();
  const { header, threads, frames } = tachyonProfile(file, losses);
  if (threads.every(({ times }) => times.length === 0))
    throw new UserError('There is no sample in it.');
  const run = new ImportedRun();
  const places = frames.map(({ file: path, line, functionName }) =>
    run.position(path, line, functionName),
  );
  const sampled = threads.map((thread): SampledThread => {
    const lane = run.thread(laneName(thread), run.process('0', `Python ${header.python}`));
    lane.isMain = thread.isMain;
    lane.interpreter = thread.interpreter;
    const positions = thread.frames.map(index => (index < 0 ? 0 : (places.at(index) ?? 0)));
    return { thread: lane, times: thread.times, statuses: thread.statuses, positions };
  });
  const mode = MODES.at(header.mode) ?? '';
  return sampledTrace(
    run,
    sampled,
    {
      intervalNs: header.intervalUs > 0 && header.intervalUs < 1e9 ? header.intervalUs * 1000 : 1e6,
      hasCpu: READS_CPU.includes(header.mode),
      subtitle: `Python ${header.python}${mode === '' ? '' : `, mode ${mode}`}`,
      notTold: header.mode === GIL_MODE ? [GIL_MODE_TELLS] : [],
    },
    losses,
  );
}

const GIL_MODE_TELLS = 'It was sampled with --mode gil: only the holder of the GIL is in it.';

function laneName({ tid, isMain }: TachyonThread): string {
  return isMain ? 'MainThread' : `Thread ${tid}`;
}
