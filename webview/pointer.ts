// The pointer over the runs: drag and wheel move the window, Ctrl+wheel zooms, a click chooses.

/** What gestures come to. Positions are CSS pixels from the left of the plots. */
export interface PointerHooks {
  /** `factor` below 1 shows less time. */
  zoom(factor: number, xPx: number): void;
  pan(deltaPx: number): void;
  click(event: MouseEvent): void;
  doubleClick(event: MouseEvent): void;
  seek(xPx: number): void;
  /** A stretch is measured by dragging with Shift. */
  measure(fromPx: number, toPx: number): void;
  dragging(active: boolean): void;
  /** Whether the content is taller than its place: then the wheel scrolls it. */
  scrolls(): boolean;
}

const CLICK_SLOP_PX = 4;
const WHEEL_ZOOM = 0.0022;

/** Listens on the runs and on the axis. `leftOf` gives the left edge of the plots on the screen. */
export function listenToPointer(
  runs: HTMLElement,
  axis: HTMLElement,
  leftOf: () => number,
  hooks: PointerHooks,
): void {
  listenToWheel([runs, axis], leftOf, hooks);
  listenToDrag(runs, leftOf, hooks);
  listenToSeek(axis, leftOf, hooks);
  runs.addEventListener('dblclick', event => {
    if (isOnPlot(event)) hooks.doubleClick(event);
  });
}

function listenToWheel(
  targets: readonly HTMLElement[],
  leftOf: () => number,
  hooks: PointerHooks,
): void {
  const onWheel = (event: WheelEvent): void => {
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      hooks.zoom(Math.exp(event.deltaY * pixels * WHEEL_ZOOM), event.clientX - leftOf());
      return;
    }
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (!sideways && hooks.scrolls()) return;
    event.preventDefault();
    hooks.pan((event.deltaX || event.deltaY) * pixels);
  };
  for (const target of targets) target.addEventListener('wheel', onWheel, { passive: false });
}

function listenToDrag(runs: HTMLElement, leftOf: () => number, hooks: PointerHooks): void {
  runs.addEventListener('pointerdown', down => {
    if (down.button !== 0 || !isOnPlot(down)) return;
    let lastX = down.clientX;
    let moved = false;
    const onMove = (move: PointerEvent): void => {
      if (move.pointerId !== down.pointerId) return;
      if (!moved && Math.abs(move.clientX - down.clientX) < CLICK_SLOP_PX) return;
      if (!moved) runs.setPointerCapture(down.pointerId);
      moved = true;
      hooks.dragging(true);
      if (down.shiftKey) hooks.measure(down.clientX - leftOf(), move.clientX - leftOf());
      else hooks.pan(lastX - move.clientX);
      lastX = move.clientX;
    };
    const onEnd = (up: PointerEvent): void => {
      if (up.pointerId !== down.pointerId) return;
      removeEventListener('pointermove', onMove);
      removeEventListener('pointerup', onEnd);
      removeEventListener('pointercancel', onEnd);
      hooks.dragging(false);
      if (!moved && up.type === 'pointerup') hooks.click(down);
    };
    addEventListener('pointermove', onMove);
    addEventListener('pointerup', onEnd);
    addEventListener('pointercancel', onEnd);
  });
}

function listenToSeek(axis: HTMLElement, leftOf: () => number, hooks: PointerHooks): void {
  axis.addEventListener('pointerdown', down => {
    if (down.button !== 0) return;
    axis.setPointerCapture(down.pointerId);
    hooks.seek(down.clientX - leftOf());
  });
  axis.addEventListener('pointermove', move => {
    if (axis.hasPointerCapture(move.pointerId)) hooks.seek(move.clientX - leftOf());
  });
}

function isOnPlot(event: MouseEvent): boolean {
  return event.target instanceof Element && event.target.closest('.plot') !== null;
}
