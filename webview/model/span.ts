// A span or a hand-off, by where it is.

/** A span by where it is. */
export interface SpanPlace {
  readonly lane: number;
  readonly segment: number;
  /** The hand-off by which one came to it, if one did. */
  readonly handOff?: number;
}
/** Whether a span is lit. */
export type LitSpans = (lane: number, segment: number) => boolean;
/** A span by the place of its run in the comparison. */
export interface ChosenSpan {
  readonly run: number;
  readonly lane: number;
  readonly segment: number;
  /** The hand-off by which one came to it, if one did. */
  readonly handOff?: number;
}
