// Waiting that news can end early.

export class Pause {
  #wake: () => void = () => undefined;

  /** Ends the wait under way, if there is one. */
  wake(): void {
    this.#wake();
  }

  /** Waits so long, or until `wake`. */
  wait(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Waits until the promise is settled, in either way, or `isOver` says at a `wake` that it no longer matters. */
  async waitFor(promise: Promise<unknown>, isOver: () => boolean): Promise<void> {
    const progress = { settled: false };
    const settle = (): void => {
      progress.settled = true;
      this.wake();
    };
    promise.then(settle, settle);
    while (!progress.settled && !isOver()) await this.wait(50);
  }
}
