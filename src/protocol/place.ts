// A line of a file, as host and page name it to each other.

export interface PlaceInSource {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}
