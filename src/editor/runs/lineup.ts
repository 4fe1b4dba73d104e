// Which runs stand one below the other: those of a comparison, with a pinned run before them or only two of all.

import type { ComparisonHead } from '../../protocol/messages';
import type { ComparedRun, Comparison, ComparisonTitle } from './comparison';

/** What the panel shows. */
export interface Lineup {
  readonly title: ComparisonTitle;
  readonly head: ComparisonHead;
  readonly runs: readonly ComparedRun[];
}

/** A run that stays for comparison when others come, and what it is of. */
export interface Pinned {
  readonly run: ComparedRun;
  /** The file or program, for people. */
  readonly of: string;
}

/** How the runs of a comparison are lined up. */
export interface LineupChoice {
  readonly pinned: Pinned | undefined;
  /** Just these, the baseline first; undefined: all of the comparison. */
  readonly only: readonly Pinned[] | undefined;
}

/**
 * The runs of a comparison as they are to be shown. The pinned one is the baseline; if it is of another comparison it
 * is told so in its title. Grows as the comparison does.
 */
export function lineUp(comparison: Comparison, { pinned, only }: LineupChoice): Lineup {
  // Runs are replaced while they go on: the present one is asked for by its number.
  const present = (run: ComparedRun): ComparedRun =>
    comparison.runs.find(({ id }) => id === run.id) ?? run;
  const chosen = (): readonly ComparedRun[] => {
    if (only) return only.map(({ run }) => present(run));
    if (!pinned) return comparison.runs;
    return [present(pinned.run), ...comparison.runs.filter(({ id }) => id !== pinned.run.id)];
  };
  const named = [...(only ?? []), ...(pinned ? [pinned] : [])];
  return {
    title: comparison.title,
    get runs() {
      return chosen();
    },
    get head() {
      const runs = chosen().map(({ id, trace }) => {
        const isHere = comparison.runs.some(run => run.id === id);
        const of = isHere ? undefined : named.find(({ run }) => run.id === id)?.of;
        const title = of === undefined ? trace.header.title : `${trace.header.title} · ${of}`;
        const header = { ...trace.header, title };
        return { run: id, header, pinned: id === pinned?.run.id, ...(of !== undefined && { of }) };
      });
      return { ...comparison.title, runs };
    },
  };
}
