// Pinning a run, and comparing any two: questions to the person, and undoing what was answered.

import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import { formatDuration } from '../../core/units';
import type { Lineup, Pinned } from '../runs/lineup';
import type { Pins } from './pins';

/** `crunch.py, 14:05:12`: of one file there may be many runs. */
function timed(lineup: Pick<Lineup, 'title'> | undefined): string {
  return `${lineup?.title.title ?? ''}, ${new Date().toTimeString().slice(0, 8)}`;
}

/** Finished runs that can still be compared after others took their place. */
const REMEMBERED = 12;

/** The pin, what was shown before, and what of all is shown. `changed` is called when it is another choice. */
export class RunChoice {
  readonly pins: Pins;
  readonly #changed: () => void;
  #only: readonly Pinned[] | undefined;
  #remembered: Pinned[] = [];

  constructor(pins: Pins, changed: () => void) {
    this.pins = pins;
    this.#changed = changed;
  }

  get pinned(): Pinned | undefined {
    return this.pins.pinned;
  }

  get only(): readonly Pinned[] | undefined {
    return this.#only;
  }

  /** Shows all runs again, as when another comparison comes. */
  reset(): void {
    this.#only = undefined;
  }

  /** Keeps finished runs, so that they can be compared with later ones. */
  remember(lineup: Lineup | undefined): void {
    const finished = (lineup?.runs ?? []).filter(({ outcome }) => outcome === 'complete');
    const known = new Set(this.#remembered.map(({ run }) => run.id));
    const fresh = finished
      .filter(({ id }) => !known.has(id) && id !== this.pinned?.run.id)
      .map(run => ({ run, of: timed(lineup) }));
    this.#remembered = [...this.#remembered, ...fresh].slice(-REMEMBERED);
  }

  /** Pins a run of the lineup, or unpins it if it is pinned. */
  async toggle(lineup: Lineup | undefined, id?: number): Promise<void> {
    const { pinned } = this;
    const run = lineup?.runs.find(one => one.id === id) ?? lineup?.runs.at(0);
    if (!lineup || !run) throw new UserError('There is no run to pin yet. Run something first.');
    const same = run.id === pinned?.run.id;
    const known = this.#remembered.find(one => one.run.id === run.id);
    const of = same ? pinned.of : (known?.of ?? timed(lineup));
    await this.#pin(same ? undefined : { run, of }, pinned);
  }

  /** Asks for two of all known runs and shows just these. */
  async chooseTwo(lineup: Lineup | undefined): Promise<void> {
    this.remember(lineup);
    const all = [...(this.pinned ? [this.pinned] : []), ...[...this.#remembered].reverse()];
    if (all.length < 2) throw new UserError('There are no two finished runs to compare yet.');
    const items = all.map(entry => ({
      label: entry.run.trace.header.title,
      description: `${entry.of} · ${formatDuration(entry.run.trace.nowNs)}${entry === this.pinned ? ' · pinned' : ''}`,
      entry,
    }));
    const chosen = await vscode.window.showQuickPick(items, {
      canPickMany: true,
      title: 'Compare two runs',
      placeHolder: 'Choose two; the pinned or newest of them is the baseline',
    });
    if (!chosen) return;
    if (chosen.length !== 2) throw new UserError('Choose exactly two runs to compare.');
    this.#only = chosen.map(({ entry }) => entry);
    this.#changed();
  }

  /** Shows just these, the baseline first, until another choice. */
  showJust(runs: readonly Pinned[]): void {
    this.#only = runs;
    this.#changed();
  }

  /** Shows all runs of what is shown. */
  showAll(): void {
    this.reset();
    this.#changed();
  }

  async #pin(wanted: Pinned | undefined, before: Pinned | undefined): Promise<void> {
    const kept = await this.pins.pin(wanted);
    this.reset();
    this.#changed();
    const name = (pin: Pinned): string => `${pin.run.trace.header.title} of ${pin.of}`;
    const said = wanted
      ? `Pinned ${name(wanted)}: what you run next is compared with it.${kept ? '' : ' It is too large or unfinished to survive a reload.'}`
      : `${before ? name(before) : 'The run'} is no longer pinned.`;
    void vscode.window.showInformationMessage(said, 'Undo').then(answer => {
      if (answer) void this.#pin(before, wanted);
    });
  }
}
