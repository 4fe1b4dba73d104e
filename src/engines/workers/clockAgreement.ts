// Do the threads' clocks agree? Asks each for its time and compares it with the middle of the round trip.

import type { ClockReading } from './clock';
import type { ClockAgreement } from './messages';
import { formatDuration } from '../../core/units';

const ROUNDS = 3;

/** One participant's clock, asked a few times; the quickest answer counts. */
export class ClockProbe {
  #sent: ClockReading = [0, 0];
  #rounds = 0;
  #best: ClockAgreement = { differenceNs: 0, uncertaintyNs: Infinity };
  #resolve: () => void = () => undefined;
  readonly #ping: (number: number) => void;
  readonly done: Promise<void>;

  constructor(ping: (number: number) => void) {
    this.#ping = ping;
    this.done = new Promise(resolve => {
      this.#resolve = resolve;
    });
  }

  get agreement(): ClockAgreement {
    return this.#best;
  }

  ask(): void {
    this.#sent = process.hrtime();
    this.#ping(this.#rounds);
  }

  heard(clock: ClockReading): void {
    const tripNs = between(this.#sent, process.hrtime());
    const uncertaintyNs = tripNs / 2;
    if (uncertaintyNs < this.#best.uncertaintyNs) {
      const differenceNs = Math.abs(between(this.#sent, clock) - uncertaintyNs);
      this.#best = { differenceNs, uncertaintyNs };
    }
    if (++this.#rounds < ROUNDS) this.ask();
    else this.#resolve();
  }
}

/** The largest difference that several clocks showed. */
export function worstAgreement(agreements: readonly ClockAgreement[]): ClockAgreement {
  return agreements
    .filter(({ uncertaintyNs }) => uncertaintyNs < Infinity)
    .reduce((worst, one) => (one.differenceNs > worst.differenceNs ? one : worst), {
      differenceNs: 0,
      uncertaintyNs: 0,
    });
}

/** For a mark of the trace, which the panel shows. A difference within the uncertainty is none that was seen. */
export function describeAgreement({ differenceNs, uncertaintyNs }: ClockAgreement): string {
  if (differenceNs <= uncertaintyNs) {
    return `All stamps are of one clock: threads were not seen to differ by more than can be measured here, ±${formatDuration(uncertaintyNs)}.`;
  }
  return (
    `All stamps are of one clock: threads were seen to differ by ${formatDuration(differenceNs)} at most, ` +
    `measured to ±${formatDuration(uncertaintyNs)}.`
  );
}

function between(from: ClockReading, to: ClockReading): number {
  return (to[0] - from[0]) * 1e9 + (to[1] - from[1]);
}
