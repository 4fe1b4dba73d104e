// Numbers and texts out of bytes. Whoever reads past the end gets an error: the file was cut short.

export class PastTheEnd extends Error {}

const TEXT = new TextDecoder();

export class BytesReader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #littleEndian: boolean;
  at: number;

  constructor(bytes: Uint8Array, at = 0, littleEndian = true) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#littleEndian = littleEndian;
    this.at = at;
  }

  get left(): number {
    return this.#bytes.length - this.at;
  }

  #take(length: number): number {
    const from = this.at;
    if (length > this.left || from < 0) throw new PastTheEnd();
    this.at += length;
    return from;
  }

  u8(): number {
    return this.#bytes[this.#take(1)];
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), this.#littleEndian);
  }

  /** Beyond 2^53 it is only near. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.#take(8), this.#littleEndian));
  }

  /** A number in groups of seven bits, the lowest first. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 70; scale *= 128) {
      const byte = this.u8();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    return value;
  }

  /** One that may be negative. */
  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  text(length: number): string {
    const from = this.#take(length);
    return TEXT.decode(this.#bytes.subarray(from, from + length));
  }

  /** A text that ends with a 0. */
  textToZero(): string {
    const end = this.#bytes.indexOf(0, this.at);
    if (end < 0) throw new PastTheEnd();
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }
}
