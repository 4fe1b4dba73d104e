// A file that may be a trace: its bytes, and what readers see in them, each worked out once.

import { isRecord } from '../core/checks';
import { UserError, messageOf } from '../core/errors';
import { closedJson } from './closedJson';
import { unpacked } from './inflate';

/** So much of a file is enough to recognise it. */
const HEAD_BYTES = 4096;
/** A text of JavaScript cannot be longer. */
const LONGEST_TEXT = 2 ** 29 - 24;

export class TraceFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What is missing of the packed file; empty if nothing is. */
  readonly cut: string;
  #head: string | undefined;
  #text: string | undefined;
  #json: ParsedJson | undefined;

  /** @throws {UserError} for a packed file that cannot be unpacked */
  constructor(name: string, content: Uint8Array | string) {
    this.name = name;
    if (typeof content === 'string') this.#text = content;
    const packed = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const { bytes, cut } = unpacked(name, packed);
    this.bytes = bytes;
    this.cut = cut;
  }

  /** The beginning as text. */
  get head(): string {
    this.#head ??= new TextDecoder().decode(this.bytes.subarray(0, HEAD_BYTES));
    return this.#head;
  }

  get text(): string {
    if (this.bytes.length > LONGEST_TEXT)
      throw new UserError(`${this.name} is too large: it has more than 512 MB of text.`);
    this.#text ??= new TextDecoder().decode(this.bytes);
    return this.#text;
  }

  /** Whether it begins as JSON does. */
  get looksLikeJson(): boolean {
    return /^\s*[[{]/.test(this.head);
  }

  /** The file as JSON. One that ends too early is read up to there. */
  get json(): ParsedJson {
    this.#json ??= parsed(this.text);
    return this.#json;
  }

  /** The fields of the file's object; none where it is no object. */
  get fields(): Readonly<Record<string, unknown>> {
    if (!this.looksLikeJson) return {};
    const { value } = this.json;
    return isRecord(value) ? value : {};
  }
}

export interface ParsedJson {
  /** Undefined for what is no JSON at all. */
  readonly value: unknown;
  /** What was wrong with it; empty for good JSON. */
  readonly problem: string;
  /** Whether `value` is what came before the file's too early end. */
  readonly isCut: boolean;
}

function parsed(text: string): ParsedJson {
  try {
    return { value: JSON.parse(text), problem: '', isCut: false };
  } catch (error) {
    const problem = messageOf(error);
    const closed = closedJson(text);
    if (closed === undefined) return { value: undefined, problem, isCut: false };
    return { ...parsedClosed(closed), problem };
  }
}

function parsedClosed(text: string): { value: unknown; isCut: boolean } {
  try {
    return { value: JSON.parse(text), isCut: true };
  } catch {
    return { value: undefined, isCut: false };
  }
}
