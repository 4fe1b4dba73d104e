// What a person waits for when a program is recorded, in the real workbench: from the command to the first lanes of the
// recording in the panel. Clocks: the browser's own, in the editor's page and in the panel's frame.

import os from 'node:os';
import { openWorkbench } from '../support/host';
import { spreadText } from '../support/measures';

const STARTS = 5;
/** How long a window may take to come to rest. */
const SETTLE_MS = 5_000;
const PROGRAM = `import threading, time
end = time.monotonic() + 6
def count():
    while time.monotonic() < end:
        sum(range(1000))
if __name__ == "__main__":
    for i in range(3):
        threading.Thread(target=count, name=f"counter-{i}").start()
`;

/** Ms from the last key of the command to the first lane; with the panel open from before, or opened by the command. */
async function oneStart(isOpen: boolean): Promise<number> {
  const workbench = await openWorkbench({ files: { 'count.py': PROGRAM }, open: 'count.py' });
  try {
    await workbench.waitForCommand('GIL Scope: Record This File');
    await workbench.page.waitForTimeout(SETTLE_MS);
    if (isOpen) {
      await workbench.run('GIL Scope: Show Who Holds the GIL in This File');
      await (await workbench.webview()).locator('.lane-label').first().waitFor();
    }
    await workbench.page.evaluate(() => {
      const note = (event: Event): void => {
        document.body.dataset.lastInputMs = String(performance.timeOrigin + event.timeStamp);
      };
      for (const type of ['keydown', 'mousedown']) addEventListener(type, note, { capture: true });
    });
    await workbench.run('GIL Scope: Record This File');
    const pressed = await workbench.page.evaluate(() => Number(document.body.dataset.lastInputMs));
    const panel = await workbench.webview();
    const seen = await panel.evaluate(
      () =>
        new Promise<number>(resolve => {
          const look = (): void => {
            const title = document.querySelector('.run h2')?.textContent ?? '';
            const isRecording = title.startsWith('Recorded');
            const isThere = document.querySelector('.run .lane-label.of-lane') !== null;
            if (isRecording && isThere) resolve(performance.timeOrigin + performance.now());
            else requestAnimationFrame(look);
          };
          look();
        }),
    );
    return seen - pressed;
  } finally {
    await workbench.dispose();
  }
}

async function main(): Promise<void> {
  console.log(`${os.cpus().length} × ${os.cpus()[0]?.model}, load ${os.loadavg()[0]?.toFixed(1)}`);
  for (const isOpen of [true, false]) {
    const samples: number[] = [];
    for (let i = 0; i < STARTS; i++) samples.push(await oneStart(isOpen));
    const where = isOpen ? 'in an open panel' : 'with the panel to open';
    console.log(`record to first lanes, ${where}: ${spreadText(samples, 'ms')}`);
  }
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
