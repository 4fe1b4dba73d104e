// What both of Austin's formats tell.

/** One sample: the innermost frame, and the time since the one before. */
export interface AustinSample {
  readonly pid: string;
  readonly interpreter: number;
  readonly tid: string;
  readonly file: string;
  readonly functionName: string;
  readonly line: number;
  readonly us: number;
}
