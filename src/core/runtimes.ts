// The worlds a program can run in, as rows of one table. (First rows; the simulator's room fills them in.)

/** A row of the table. */
export interface Runtime {
  /** Stable name, used in settings, on the command line and in traces. */
  readonly name: string;
  readonly title: string;
  readonly subtitle: string;
}

export const RUNTIMES: readonly Runtime[] = [
  { name: 'gil', title: 'Threads + GIL', subtitle: 'one thread runs at a time' },
  { name: 'processes', title: 'Multiprocessing', subtitle: 'parallel, after start-up' },
];
