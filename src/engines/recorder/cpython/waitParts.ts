// Functions of the standard library that a sleeping thread may stand in, and what each says about its wait. They are
// known by the end of their file's path and their name, so one table serves all versions.

/** What a frame of the standard library contributes to the cause of a wait. */
export type WaitPart =
  /** Waits until another thread notifies: `Condition.wait`, the base of events, queues, barriers and futures. */
  | 'notification'
  /** Takes something that others hold for a while: a semaphore's permit, a connection of a pool. */
  | 'permit'
  /** Waits for the end of a thread. */
  | 'join'
  /** The loop of a pool's worker: asleep, it waits for a task. */
  | 'worker'
  /** A service thread of a pool: asleep, it waits for tasks or results. */
  | 'handler'
  /** An event loop: asleep in its selector, it has nothing to do. */
  | 'loop'
  | 'selector'
  /** Takes an item that another process puts. */
  | 'processQueue'
  /** A lock or an event that processes share. */
  | 'processLock'
  | 'processNotification'
  /** A pipe or socket between processes of one program. */
  | 'connection'
  /** Starts, feeds or waits for a child. */
  | 'child';

/** A frame on the way from a system call to the program's own code, as far as it matters for the cause of a wait. */
export interface SleepFrame {
  readonly part: WaitPart | undefined;
  /** Notified already: it asks for its lock again. */
  readonly takesBack: boolean;
}

interface Row {
  /** End of the path, from a folder or file name on. */
  readonly file: string;
  /** Plain names of functions; every function of the file if absent. */
  readonly names?: RegExp;
  readonly part: WaitPart;
}

const STANDARD: readonly Row[] = [
  { file: 'threading.py', names: /^wait$/, part: 'notification' },
  { file: 'threading.py', names: /^acquire$/, part: 'permit' },
  { file: 'threading.py', names: /^(join|_wait_for_tstate_lock|_shutdown)$/, part: 'join' },
  { file: 'concurrent/futures/thread.py', names: /^_worker$/, part: 'worker' },
  { file: 'concurrent/futures/process.py', names: /^_process_worker$/, part: 'worker' },
  {
    file: 'concurrent/futures/process.py',
    names: /^(run|wait_result_broken_or_wakeup|_queue_management_worker)$/,
    part: 'handler',
  },
  { file: 'multiprocessing/pool.py', names: /^worker$/, part: 'worker' },
  {
    file: 'multiprocessing/pool.py',
    names: /^(_handle_workers|_handle_tasks|_handle_results|_wait_for_updates)$/,
    part: 'handler',
  },
  { file: 'multiprocessing/queues.py', names: /^_feed$/, part: 'handler' },
  { file: 'multiprocessing/queues.py', names: /^get$/, part: 'processQueue' },
  { file: 'multiprocessing/managers.py', names: /^serve_client$/, part: 'worker' },
  { file: 'multiprocessing/forkserver.py', names: /^main$/, part: 'handler' },
  { file: 'multiprocessing/resource_tracker.py', names: /^main$/, part: 'handler' },
  { file: 'multiprocessing/synchronize.py', names: /^wait$/, part: 'processNotification' },
  { file: 'multiprocessing/synchronize.py', part: 'processLock' },
  { file: 'multiprocessing/connection.py', part: 'connection' },
  { file: 'multiprocessing/popen_fork.py', part: 'child' },
  { file: 'multiprocessing/popen_spawn_posix.py', part: 'child' },
  { file: 'multiprocessing/popen_forkserver.py', part: 'child' },
  { file: 'subprocess.py', part: 'child' },
  { file: 'selectors.py', names: /^select$/, part: 'selector' },
  { file: 'asyncio/base_events.py', names: /^_run_once$/, part: 'loop' },
  // A loop in C has no frames: the innermost is that of whoever runs it.
  { file: 'asyncio/runners.py', names: /^run$/, part: 'loop' },
];

/** The same for installed packages that have pools and loops of their own. */
const INSTALLED: readonly Row[] = [
  { file: 'sqlalchemy/pool/impl.py', names: /^_do_get$/, part: 'permit' },
  { file: 'uvloop/__init__.py', part: 'loop' },
  { file: 'trio/_core/_io_epoll.py', names: /^get_events$/, part: 'loop' },
];

const PACKAGES = /\/(site|dist)-packages\//;
const STANDARD_LIBRARY = /\/lib(64)?\/python\d[^/]*\/(.*)$/;

/** Whether a function calls what somebody else handed to a pool of threads. */
export function runsSubmitted(file: string, functionName: string): boolean {
  return /(^|\.)run$/.test(functionName) && file.endsWith('/concurrent/futures/thread.py');
}

/** What a function says about the wait of a thread that stands in it; undefined for most. */
export function waitPartOf(file: string, functionName: string): WaitPart | undefined {
  const name = functionName.slice(functionName.lastIndexOf('.') + 1);
  const fits = (row: Row): boolean => row.names?.test(name) ?? true;
  if (PACKAGES.test(file)) {
    return INSTALLED.find(row => file.endsWith(`-packages/${row.file}`) && fits(row))?.part;
  }
  const path = STANDARD_LIBRARY.exec(file)?.[2];
  return STANDARD.find(row => row.file === path && fits(row))?.part;
}

/** Lines of a source on which a thread that was notified asks for its condition's lock again. */
export function linesThatTakeBack(source: string): ReadonlySet<number> {
  const lines = source.split('\n');
  return new Set(lines.flatMap((text, i) => (TAKES_BACK.test(text) ? [i + 1] : [])));
}
const TAKES_BACK = /^\s*self\._acquire_restore\(/;
