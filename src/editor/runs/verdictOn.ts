// The verdict on the runs that the panel shows, asked for by the page once it has them all.

import { comparisonVerdict, type ComparisonVerdict } from '../../core/insight/comparisonVerdict';
import type { Lineup } from './lineup';

/** The verdict on what is lined up; without words if that is nothing. */
export function verdictOn(lineup: Lineup | undefined): ComparisonVerdict {
  const heads = lineup?.head.runs ?? [];
  const runs = (lineup?.runs ?? []).map(({ trace }, i) => {
    const { header, of } = heads[i];
    return { trace, title: header.title, ...(of !== undefined && { of }) };
  });
  return comparisonVerdict(runs);
}
