// What a run comes to, as data for programs: its account and its findings. Names and meanings are stable: docs/report.md
// says what each field is, and `version` changes when one is taken away or means something else.

import type { Account, TraceAccount } from '../core/insight/account';
import { NOBODY } from '../core/insight/blame';
import type { Finding } from '../core/insight/findings/finding';
import { findingText } from '../core/insight/findings/findingText';
import type { Trace } from '../core/model/trace';
import { stepData } from './lockReport';

export const REPORT_VERSION = 2;

/** The account of a trace: where the time went, in ns. */
export function accountData(trace: Trace, account: TraceAccount): object {
  return {
    ...sums(account),
    processes: account.processes.map(({ process, activeNs, ...rest }) => ({
      process,
      activeNs,
      ...sums(rest),
    })),
    threads: account.threads.map(({ lane, role, ...rest }) => ({
      name: trace.lanes[lane].name,
      process: trace.lanes[lane].process,
      interpreter: trace.lanes[lane].interpreter,
      role,
      ...sums(rest),
    })),
  };
}

function sums({ lifeNs, times }: Account): object {
  return { lifeNs, times };
}

/** A finding: what it is, in words and in figures, where, and who. Figures of a kind of its own come last. */
export function findingData(trace: Trace, finding: Finding): object {
  const { kind, costNs, certainty, threads, spans, where, culprit, change, ...more } = finding;
  const { evidence, ...figures } = more;
  const nameOf = (lane: number): string => trace.lanes[lane].name;
  return {
    kind,
    sentence: findingText(finding, trace),
    remedy: 'what' in change ? change.what : null,
    costNs,
    certainty,
    where: where === 0 ? null : trace.positions[where],
    culprit: culprit === NOBODY ? null : nameOf(culprit),
    threads: threads.map(nameOf),
    spans: spans.map(({ lane, startNs, endNs }) => ({ thread: nameOf(lane), startNs, endNs })),
    blame: evidence.map(row => ({
      waited: nameOf(row.victim),
      because: row.culprit === NOBODY ? null : nameOf(row.culprit),
      ...trace.positions[row.position],
      ns: row.ns,
      waits: row.waitCount,
    })),
    figures:
      'chain' in figures
        ? { ...figures, chain: figures.chain.map(step => stepData(trace, step)) }
        : figures,
  };
}
