// MOJO, Austin's binary format: events one after the other, of which stacks, frames and times make samples.

import { UserError } from '../core/errors';
import type { AustinSample } from './austinSample';
import { BytesReader, PastTheEnd } from './bytesReader';
import type { Losses } from './losses';

const Event = {
  ...{ metadata: 1, stack: 2, frame: 3, invalidFrame: 4, frameRef: 5, kernelFrame: 6 },
  ...{ collection: 7, idle: 8, time: 9, memory: 10, text: 11, textRef: 12, repeat: 13 },
} as const;
const UNKNOWN_SCOPE = 1;
const NEWEST_VERSION = 4;

interface Frame {
  readonly file: string;
  readonly functionName: string;
  readonly line: number;
}
const NO_FRAME: Frame = { file: '', functionName: '', line: 0 };

/** What is open while events are read. */
interface Reading {
  readonly reader: BytesReader;
  readonly version: number;
  /** Texts and frames, by process and key. */
  readonly texts: Map<string, string>;
  readonly frames: Map<string, Frame>;
  /** The innermost frame of each thread's last sample. */
  readonly last: Map<string, Frame>;
  pid: string;
  interpreter: number;
  tid: string;
  frame: Frame;
  us: number;
}

export function* mojoSamples(bytes: Uint8Array, losses: Losses): Generator<AustinSample> {
  const reader = new BytesReader(bytes, 3);
  const reading = begun(reader);
  let isFirst = true;
  while (reader.left > 0) {
    const at = reader.at;
    try {
      const event = reader.u8();
      if (event === Event.stack && !isFirst) yield sampleOf(reading);
      if (event === Event.stack) isFirst = false;
      take(reading, event);
    } catch (error) {
      if (!(error instanceof PastTheEnd)) throw error;
      losses.add('end of the file that cannot be read', `byte ${at}`);
      break;
    }
  }
  if (!isFirst) yield sampleOf(reading);
}

function begun(reader: BytesReader): Reading {
  const version = reader.left > 0 ? integer(reader) : 0;
  if (version < 1 || version > NEWEST_VERSION)
    throw new UserError(
      `It is of version ${version} of MOJO; this program reads versions 1 to ${NEWEST_VERSION}.`,
    );
  const tables = { texts: new Map(), frames: new Map(), last: new Map() };
  return { reader, version, ...tables, pid: '', interpreter: 0, tid: '', frame: NO_FRAME, us: 0 };
}

function sampleOf(reading: Reading): AustinSample {
  const { pid, interpreter, tid, frame, us } = reading;
  reading.last.set(`${pid} ${interpreter} ${tid}`, frame);
  return { pid, interpreter, tid, ...frame, us };
}

function take(reading: Reading, event: number): void {
  const { reader, pid } = reading;
  switch (event) {
    case Event.metadata:
      reader.textToZero();
      reader.textToZero();
      return;
    case Event.stack:
      beginStack(reading);
      return;
    case Event.frame:
      reading.frames.set(`${pid} ${integer(reader)}`, frameIn(reading));
      return;
    case Event.frameRef:
      reading.frame = reading.frames.get(`${pid} ${integer(reader)}`) ?? NO_FRAME;
      return;
    case Event.invalidFrame:
      reading.frame = NO_FRAME;
      return;
    case Event.kernelFrame:
      reading.frame = { ...NO_FRAME, functionName: reader.textToZero() };
      return;
    case Event.time:
      reading.us += Math.max(0, integer(reader));
      return;
    case Event.text:
      reading.texts.set(`${pid} ${integer(reader)}`, reader.textToZero());
      return;
    case Event.repeat:
      if (reading.frame === NO_FRAME) reading.frame = lastOf(reading);
      return;
    case Event.memory:
    case Event.textRef:
      integer(reader);
      return;
    case Event.collection:
    case Event.idle:
      return;
    default:
      throw new PastTheEnd(); // no event: all that follows cannot be trusted
  }
}

function lastOf({ last, pid, interpreter, tid }: Reading): Frame {
  return last.get(`${pid} ${interpreter} ${tid}`) ?? NO_FRAME;
}

function beginStack(reading: Reading): void {
  const { reader, version } = reading;
  reading.pid = String(integer(reader));
  reading.interpreter = version >= 3 ? integer(reader) : 0;
  const tid = reader.textToZero();
  const number = /^(0x)?[0-9a-f]+$/i.test(tid) ? parseInt(tid, 16) : NaN;
  reading.tid = Number.isSafeInteger(number) ? String(number) : tid;
  reading.frame = NO_FRAME;
  reading.us = 0;
}

function frameIn({ reader, version, texts, pid }: Reading): Frame {
  const file = texts.get(`${pid} ${integer(reader)}`) ?? '';
  const scope = integer(reader);
  const line = integer(reader);
  if (version >= 2) for (let i = 0; i < 3; i++) integer(reader);
  const functionName = scope === UNKNOWN_SCOPE ? '' : (texts.get(`${pid} ${scope}`) ?? '');
  return { file, functionName, line };
}

/** First byte: more follow, sign, six bits; each other byte: more follow, seven bits. */
function integer(reader: BytesReader): number {
  const first = reader.u8();
  let value = first & 63;
  let scale = 64;
  for (let byte = first; byte >= 128 && scale < 2 ** 70; scale *= 128) {
    byte = reader.u8();
    value += (byte & 127) * scale;
  }
  return (first & 64) === 0 ? value : -value;
}
