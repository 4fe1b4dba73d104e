// The analyser with its Python parser, loaded when the first document is read: activation does without it.

import type { Analyser } from '../../analysis/analyser';

type AnalyserClass = new (fileName: string, cores: number) => Analyser;

/** One for all sessions. */
export class AnalyserSource {
  #loaded: AnalyserClass | undefined;

  /** Undefined until `load` has resolved. */
  get loaded(): AnalyserClass | undefined {
    return this.#loaded;
  }

  async load(): Promise<void> {
    const module = await import('../../analysis/analyser');
    this.#loaded = module.Analyser;
  }
}
