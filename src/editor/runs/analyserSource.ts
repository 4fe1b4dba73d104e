// The analyser with its Python parser, loaded when the first document is read: activation does without it.

import type * as analyser from '../../analysis/analyser';

export type AnalyserModule = typeof analyser;

/** One for all sessions. */
export class AnalyserSource {
  #loaded: AnalyserModule | undefined;

  /** Undefined until `load` has resolved. */
  get loaded(): AnalyserModule | undefined {
    return this.#loaded;
  }

  async load(): Promise<AnalyserModule> {
    this.#loaded = await import('../../analysis/analyser');
    return this.#loaded;
  }
}
