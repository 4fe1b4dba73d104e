// A program that hangs while it is recorded, in a real VS Code: the panel says so while it hangs, and ends it.

import { openWorkbench } from '../support/host';
import { whyNotRecordable } from '../support/recordable';
import { skip } from '../support/skip';
import type { Workbench } from '../support/workbench';

/** Two threads take two locks in different orders, and both have their first before either asks for its second. */
const HANGS = `import threading

both = threading.Barrier(2)

def move(first, second):
    with first:
        both.wait()
        with second:
            print("moved")

left, right = threading.Lock(), threading.Lock()
threads = [
    threading.Thread(target=move, args=(left, right), name="there"),
    threading.Thread(target=move, args=(right, left), name="back"),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
`;

describe('a program that hangs while it is recorded', () => {
  let workbench: Workbench;

  before(async function () {
    const why = whyNotRecordable();
    if (why !== undefined) return skip(this, why);
    workbench = await openWorkbench({ files: { 'hangs.py': HANGS }, open: 'hangs.py' });
  });

  after(() => (workbench as Workbench | undefined)?.dispose());

  afterEach(async function () {
    await workbench.witness(this.currentTest);
  });

  it('is told live, with the circle of its waits', async () => {
    await workbench.run('GIL Scope: Record This File');
    const panel = await workbench.webview();
    await panel.getByText('Recorded: hangs.py').first().waitFor({ timeout: 60_000 });
    await panel.locator('.verdict', { hasText: 'A deadlock' }).waitFor({ timeout: 60_000 });
    const circle = panel.getByRole('list', { name: /^Circle of waits/ });
    await circle.locator('li', { hasText: 'there waits for' }).waitFor();
    await circle.locator('li', { hasText: 'back waits for' }).waitFor();
    await workbench.statusItem('Recording: hangs.py').waitFor();
    await panel.getByRole('button', { name: 'Stop recording; the program runs on' }).waitFor();
    await workbench.screenshot('a hang, live');
  });

  it('ends by its button, and its verdict stays', async () => {
    const panel = await workbench.webview();
    await panel.getByRole('button', { name: 'End Program' }).click();
    await workbench.notification('Recorded ');
    await panel.getByRole('button', { name: 'End Program' }).waitFor({ state: 'hidden' });
    await panel.locator('.verdict', { hasText: 'deadlock' }).waitFor();
    await workbench.screenshot('a hang, ended');
  });
});
