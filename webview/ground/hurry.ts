// When pixels are due: whether the window is being changed or rests, and when a frame has been painted.

/** A window that has not changed for so long rests. */
const REST_MS = 80;

export class Hurry {
  readonly #rests: () => void;
  #restsAtMs = 0;
  #watched = false;

  /** `rests` is called once the window rests: what was drawn in a hurry is drawn as fine as can be. */
  constructor(rests: () => void) {
    this.#rests = rests;
  }

  get hurried(): boolean {
    return performance.now() < this.#restsAtMs;
  }

  /** The window has changed. */
  moved(): void {
    this.#restsAtMs = performance.now() + REST_MS;
    if (!this.#watched) this.#watch(REST_MS);
  }

  #watch(leftMs: number): void {
    this.#watched = true;
    setTimeout(() => {
      const stillMs = this.#restsAtMs - performance.now();
      this.#watched = stillMs > 0;
      if (stillMs > 0) this.#watch(stillMs);
      else this.#rests();
    }, leftMs + 1);
  }
}

/** Calls in a task after this frame's callbacks: the browser has painted by then. */
export function afterPaint(call: () => void): void {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    call();
    channel.port1.close();
  };
  channel.port2.postMessage(null);
}
