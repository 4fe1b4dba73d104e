// Where a person is in the race lesson: plain data, one change at a time. A schedule is all there is to a position:
// the states follow from it, and going back is looking at a shorter part of it.

import { isRecord } from '../../src/core/checks';
import {
  nextInstruction,
  replay,
  type RaceScenario,
  type RaceState,
} from '../../src/core/refcounts/refcountRace';
import { raceScenario, type RaceSetting } from '../../src/core/refcounts/raceScenario';
import { isCountingRun } from '../../src/protocol/raceMessages';
import { isPythonRace, type PythonRace } from '../../src/core/refcounts/pythonRace';
import type { CountingRun } from '../../src/core/refcounts/refcounts';
import { PROTECTIONS_OF, WORKS } from './choices';

export interface LessonState {
  readonly setting: Required<RaceSetting>;
  /** Threads in the order of their steps. */
  readonly schedule: readonly number[];
  /** How many of them have been done: the rest can be done again. */
  readonly done: number;
}

/** What the page keeps where it survives being hidden. */
export interface KeptLesson {
  readonly lesson: LessonState;
  readonly run: CountingRun | null;
  readonly pythons: readonly PythonRace[];
}

export const FIRST_LESSON: LessonState = {
  setting: { work: 'borrow', protection: 'none', threads: 2, rounds: 1 },
  schedule: [],
  done: 0,
};

/** The programs and every state up to now. */
export function historyOf({ setting, schedule, done }: LessonState): {
  readonly scenario: RaceScenario;
  readonly states: readonly RaceState[];
} {
  const scenario = raceScenario(setting);
  return { scenario, states: replay(scenario, schedule.slice(0, done)) };
}

/** The next instruction of a thread is done. The same lesson if it has none, or waits. */
export function step(lesson: LessonState, thread: number): LessonState {
  const { scenario, states } = historyOf(lesson);
  if (thread >= scenario.threads.length) return lesson;
  if (!nextInstruction(scenario, states[states.length - 1], thread)) return lesson;
  const { schedule, done } = lesson;
  // Who takes the step that was taken before keeps what came after it.
  const kept = schedule[done] === thread ? schedule : [...schedule.slice(0, done), thread];
  return { ...lesson, schedule: kept, done: done + 1 };
}

/** As many of the steps of the schedule are done as `done` says, or as there are. */
export function goTo(lesson: LessonState, done: number): LessonState {
  return { ...lesson, done: Math.max(0, Math.min(lesson.schedule.length, done)) };
}

/** Other work, threads or protection, from the beginning. A protection that the work cannot have gives way. */
export function choose(lesson: LessonState, change: Partial<RaceSetting>): LessonState {
  const setting = { ...lesson.setting, ...change };
  const possible = PROTECTIONS_OF[setting.work];
  const protection = possible.includes(setting.protection) ? setting.protection : 'none';
  return { setting: { ...setting, protection }, schedule: [], done: 0 };
}

/** A whole schedule, to be stepped through from its beginning. */
export function follow(lesson: LessonState, schedule: readonly number[]): LessonState {
  return { ...lesson, schedule, done: 0 };
}

/** What a page kept; the first lesson where it is missing or odd. It comes from disk. */
export function readKept(value: unknown): KeptLesson {
  if (!isRecord(value)) {
    return { lesson: FIRST_LESSON, run: null, pythons: [] };
  }
  const { lesson, run, pythons } = value as Partial<Record<keyof KeptLesson, unknown>>;
  return {
    lesson: isLesson(lesson) ? lesson : FIRST_LESSON,
    run: isCountingRun(run) ? run : null,
    pythons: Array.isArray(pythons) ? pythons.filter(isPythonRace) : [],
  };
}

function isLesson(value: unknown): value is LessonState {
  if (!isRecord(value)) return false;
  const { setting, schedule, done } = value as Partial<Record<keyof LessonState, unknown>>;
  if (!isSetting(setting) || !Array.isArray(schedule) || typeof done !== 'number') return false;
  const threads: readonly unknown[] = schedule;
  const states = replay(
    raceScenario(setting),
    threads.filter(thread => typeof thread === 'number'),
  );
  return states.length === threads.length + 1 && done >= 0 && done <= threads.length;
}

function isSetting(value: unknown): value is Required<RaceSetting> {
  if (!isRecord(value)) return false;
  const { work, protection, threads, rounds } = value as Partial<
    Record<keyof RaceSetting, unknown>
  >;
  const known = WORKS.find(({ name }) => name === work);
  return (
    known !== undefined &&
    PROTECTIONS_OF[known.name].some(name => name === protection) &&
    (threads === 2 || threads === 3) &&
    (rounds === 1 || rounds === 2)
  );
}
