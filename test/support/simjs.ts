// SIM.JS, a well-known library for discrete events, for a comparison of speed. Its package is a browser bundle that
// hands itself out through `window`; types are ours, as far as we use it.

import { ok } from 'node:assert/strict';

interface SimjsRequest {
  done(callback: () => void): SimjsRequest;
}

interface SimjsEntity {
  useFacility(facility: object, duration: number): SimjsRequest;
  setTimer(duration: number): SimjsRequest;
}

interface SimjsSim {
  addEntity(type: object): void;
  simulate(untilTime: number): void;
}

/** What the package hands out. */
export interface Simjs {
  readonly Sim: new () => SimjsSim;
  readonly Facility: new (name: string) => object;
  readonly Entity: new (sim: SimjsSim, name: string) => SimjsEntity;
}

/** Loads the package; once, for it hands itself out only when it is first run. */
export async function loadSimjs(): Promise<Simjs> {
  const window: { Sim?: unknown } = {};
  Object.assign(globalThis, { window });
  const packageName = ['sim', 'js'].join(''); // found when it runs: it has no types to check
  await import(packageName);
  Reflect.deleteProperty(globalThis, 'window');
  ok(isSimjs(window.Sim), 'simjs handed out something else');
  return window.Sim;
}

function isSimjs(value: unknown): value is Simjs {
  return (
    typeof value === 'object' &&
    value !== null &&
    'Sim' in value &&
    'Facility' in value &&
    'Entity' in value
  );
}

/** `count` entities that use one facility for 0.3 ms and then wait for 1 ms, `rounds` times each. Returns ms spent. */
export function timeSimjs({ Sim, Facility, Entity }: Simjs, count: number, rounds: number): number {
  const sim = new Sim();
  const lock = new Facility('lock');
  class Worker extends Entity {
    #left = rounds;

    start(): void {
      this.#turn();
    }

    #turn(): void {
      if (this.#left-- === 0) return;
      this.useFacility(lock, 0.3).done(() => {
        this.setTimer(1).done(() => {
          this.#turn();
        });
      });
    }
  }
  for (let i = 0; i < count; i++) sim.addEntity(Worker);
  const start = process.cpuUsage().user;
  sim.simulate(Number.MAX_SAFE_INTEGER);
  return (process.cpuUsage().user - start) / 1e3;
}
