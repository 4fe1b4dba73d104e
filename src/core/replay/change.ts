// The changes that can be tried on a run, as data.

import type { Nanoseconds } from '../units';

export type WhatIf =
  /** Processes, sub-interpreters, a build without a GIL. */
  | { readonly kind: 'runtime'; readonly runtime: string }
  | { readonly kind: 'interval'; readonly switchIntervalNs: Nanoseconds }
  | { readonly kind: 'cores'; readonly cores: number }
  /** So many workers share the work of those that there were. */
  | { readonly kind: 'threads'; readonly count: number }
  /** What the line computes releases the GIL. `file`: how its path ends; empty: any file. */
  | { readonly kind: 'release'; readonly file: string; readonly line: number }
  /** A call at the line that keeps the GIL is made in pieces. */
  | {
      readonly kind: 'pieces';
      readonly file: string;
      readonly line: number;
      readonly ns: Nanoseconds;
    }
  /** The lock of that name is not held while its thread waits for I/O, or not at all. */
  | { readonly kind: 'lock'; readonly lock: string; readonly how: 'not-over-io' | 'none' }
  /** First all is started or asked for, then all is waited for. */
  | { readonly kind: 'together' };

export type WhatIfKind = WhatIf['kind'];
