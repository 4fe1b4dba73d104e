// How closely the recorder looks: the more often, the more of a core it takes from everybody else.

/** Names are settings and words of the command line: never rename. */
export const RECORDING_MODES = ['light', 'normal', 'fine', 'exact'] as const;
export type RecordingMode = (typeof RECORDING_MODES)[number];

export interface Pacing {
  /** Pause between two reads of the GILs; 0 reads without pause, on a core of its own. */
  readonly periodNs: number;
  /** How long reads go on without pause after a hand-off: the turns of threads that do I/O come in a row. */
  readonly burstNs: number;
  /** Share of the time that such reading may take, after a hand-off or when one is due. */
  readonly burstShare: number;
  /** Between two looks at every thread. */
  readonly sweepNs: number;
  /** Between two searches for child processes. */
  readonly childrenNs: number;
}

const PACINGS: Readonly<Record<RecordingMode, Pacing>> = {
  light: { periodNs: 1e6, burstNs: 100e3, burstShare: 0.05, sweepNs: 5e6, childrenNs: 50e6 },
  normal: { periodNs: 200e3, burstNs: 250e3, burstShare: 0.15, sweepNs: 2e6, childrenNs: 20e6 },
  fine: { periodNs: 50e3, burstNs: 250e3, burstShare: 0.15, sweepNs: 1e6, childrenNs: 20e6 },
  exact: { periodNs: 0, burstNs: 0, burstShare: 0, sweepNs: 1e6, childrenNs: 20e6 },
};

export function pacingOf(mode: RecordingMode): Pacing {
  return PACINGS[mode];
}

export function isRecordingMode(text: string): text is RecordingMode {
  return RECORDING_MODES.some(mode => mode === text);
}

/**
 * The mode that suits a machine: light where the recorder would compete with the program for a core, else normal.
 * The closer modes are for people to choose.
 */
export function modeForMachine(machine: { cores: number; load: number }): RecordingMode {
  return machine.cores <= 2 || machine.load >= machine.cores ? 'light' : 'normal';
}
