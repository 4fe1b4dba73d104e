// Names are other people's: what a label shows of one.

/** Control characters, those that turn the direction of all text after them, and heaps of accents. */
const UNFIT = /[\p{Cc}\p{Bidi_C}]|\p{M}{5,}/gu;

/** Names are other people's and may be 10,000 characters long and hold anything: what a label shows of one. */
export function shortName(name: string, most = 60): string {
  const shown = name.length > most ? `${name.slice(0, most - 1)}…` : name;
  return shown.replace(UNFIT, '\ufffd');
}
