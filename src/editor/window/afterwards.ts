// For what may wait until the picture is there: figures behind lines, lenses.

/** Long enough for the page to draw and for the next keystroke to come. */
const AFTER_MS = 150;

/** Runs an action once things have been quiet for a moment; a newer request replaces the one before. */
export class Afterwards {
  #timer: NodeJS.Timeout | undefined;

  run(act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, AFTER_MS);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}
