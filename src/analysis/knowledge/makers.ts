// What makes workers: the calls of the standard library and of others that start threads, processes or interpreters.

/** Who shares a GIL with whom: threads all, the others have one each. */
export type WorkerFamily = 'threads' | 'processes' | 'interpreters';

/** How one call makes workers, or takes work for them. */
export interface Maker {
  readonly family: WorkerFamily;
  /** Where the function is given directly: keyword and position. */
  readonly work?: readonly [keyword: string, position: number];
  /** Methods that take work as their first argument. */
  readonly methods?: readonly string[];
  readonly workers?: readonly [keyword: string, position: number | undefined];
  readonly isPickled?: boolean;
}

const EXECUTOR_METHODS = ['submit', 'map'];
/** The work first, then what it is given. */
const FUNCTION_FIRST = { work: ['func', 0] } as const;
const POOL_METHODS = [
  'map',
  'map_async',
  'imap',
  'imap_unordered',
  'starmap',
  'starmap_async',
  'apply',
  'apply_async',
];

const EXECUTOR = { methods: EXECUTOR_METHODS, workers: ['max_workers', 0] } as const;
const PROCESS_POOL: Maker = {
  family: 'processes',
  methods: POOL_METHODS,
  workers: ['processes', 0],
  isPickled: true,
};
const THREAD_POOL: Maker = { family: 'threads', methods: POOL_METHODS, workers: ['processes', 0] };
/** Under fork nothing is pickled; under spawn and forkserver (Linux since 3.14, macOS, Windows) it is. */
const PROCESS: Maker = { family: 'processes', work: ['target', 1] };

/** By the path of the call, as {@link canonicalPath} gives it. */
export const MAKERS: ReadonlyMap<string, Maker> = new Map<string, Maker>(
  Object.entries<Maker>({
    'threading.Thread': { family: 'threads', work: ['target', 1] },
    'threading.Timer': { family: 'threads', work: ['function', 1] },
    '_thread.start_new_thread': { family: 'threads', work: ['function', 0] },
    'asyncio.to_thread': { family: 'threads', ...FUNCTION_FIRST },
    'anyio.to_thread.run_sync': { family: 'threads', ...FUNCTION_FIRST },
    'trio.to_thread.run_sync': { family: 'threads', ...FUNCTION_FIRST },
    'starlette.concurrency.run_in_threadpool': { family: 'threads', ...FUNCTION_FIRST },
    'fastapi.concurrency.run_in_threadpool': { family: 'threads', ...FUNCTION_FIRST },
    'asgiref.sync.sync_to_async': { family: 'threads', ...FUNCTION_FIRST },
    'tqdm.contrib.concurrent.thread_map': {
      family: 'threads',
      work: ['fn', 0],
      workers: ['max_workers', undefined],
    },
    'tqdm.contrib.concurrent.process_map': {
      family: 'processes',
      work: ['fn', 0],
      workers: ['max_workers', undefined],
      isPickled: true,
    },
    'concurrent.futures.ThreadPoolExecutor': { family: 'threads', ...EXECUTOR },
    'concurrent.futures.ProcessPoolExecutor': { family: 'processes', ...EXECUTOR, isPickled: true },
    'concurrent.futures.InterpreterPoolExecutor': {
      family: 'interpreters',
      ...EXECUTOR,
      isPickled: true,
    },
    'concurrent.interpreters.create': {
      family: 'interpreters',
      methods: ['call', 'call_in_thread'],
    },
    'multiprocessing.Process': PROCESS,
    'multiprocessing.Pool': PROCESS_POOL,
    'multiprocessing.pool.Pool': PROCESS_POOL,
    'multiprocessing.pool.ThreadPool': THREAD_POOL,
    'multiprocessing.dummy.Pool': THREAD_POOL,
    'multiprocessing.get_context().Process': PROCESS,
    'multiprocessing.get_context().Pool': PROCESS_POOL,
    'multiprocessing.Manager': { family: 'processes' },
    'multiprocessing.get_context().Manager': { family: 'processes' },
  }),
);

/** Other ways to the same thing. */
const SYNONYMS: readonly (readonly [from: string, to: string])[] = [
  ['concurrent.futures.thread.', 'concurrent.futures.'],
  ['concurrent.futures.process.', 'concurrent.futures.'],
  ['multiprocessing.context.', 'multiprocessing.'],
  ['multiprocessing.process.', 'multiprocessing.'],
  ['multiprocessing.managers.SyncManager', 'multiprocessing.Manager'],
  ['torch.multiprocessing.', 'multiprocessing.'],
  ['billiard.', 'multiprocessing.'],
  ['concurrent.futures.interpreter.', 'concurrent.futures.'],
];

/** One path for one thing: aliases inside libraries are undone. */
export function canonicalPath(path: string | undefined): string | undefined {
  return SYNONYMS.reduce(
    (known, [from, to]) => (known?.startsWith(from) ? to + known.slice(from.length) : known),
    path,
  );
}
