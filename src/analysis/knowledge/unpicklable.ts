// Objects that no pickle can hold.

const NAMES: ReadonlyMap<string, string> = new Map([
  ...['Lock', 'RLock', 'Condition', 'Event', 'Semaphore', 'BoundedSemaphore', 'Barrier'].map(
    name => [`threading.${name}()`, `A threading.${name}`] as const,
  ),
  ['threading.Thread()', 'A thread'],
  ['threading.Timer()', 'A timer'],
  ['threading.local()', 'Thread-local data'],
  ['_thread.allocate_lock()', 'A lock'],
  ['open()', 'An open file'],
  ['io.open()', 'An open file'],
  ['pathlib.Path().open()', 'An open file'],
  ['tempfile.TemporaryFile()', 'An open file'],
  ['tempfile.NamedTemporaryFile()', 'An open file'],
  ['gzip.open()', 'An open file'],
  ['bz2.open()', 'An open file'],
  ['lzma.open()', 'An open file'],
  ['zipfile.ZipFile()', 'An open archive'],
  ['tarfile.open()', 'An open archive'],
  ['csv.reader()', 'A csv.reader'],
  ['csv.writer()', 'A csv.writer'],
  ['socket.socket()', 'A socket'],
  ['socket.create_connection()', 'A socket'],
  ['ssl.create_default_context()', 'An SSL context'],
  ['sqlite3.connect()', 'A database connection'],
  ['sqlite3.connect().cursor()', 'A database cursor'],
  ['psycopg2.connect()', 'A database connection'],
  ['psycopg.connect()', 'A database connection'],
  ['queue.Queue()', 'A queue.Queue'],
  ['queue.SimpleQueue()', 'A queue.SimpleQueue'],
  ['queue.LifoQueue()', 'A queue.LifoQueue'],
  ['queue.PriorityQueue()', 'A queue.PriorityQueue'],
  ['subprocess.Popen()', 'A running subprocess'],
  ['concurrent.futures.ThreadPoolExecutor()', 'A pool'],
  ['concurrent.futures.ProcessPoolExecutor()', 'A pool'],
  ['concurrent.futures.Future()', 'A future'],
  ['multiprocessing.Pool()', 'A pool'],
  ['multiprocessing.pool.Pool()', 'A pool'],
  ['multiprocessing.pool.ThreadPool()', 'A pool'],
  ['weakref.ref()', 'A weak reference'],
  ['memoryview()', 'A memoryview'],
]);

/** What an object is called that cannot be pickled, by the path that made it; undefined if it can, or may be. */
export function unpicklableNameOf(path: string | undefined): string | undefined {
  return path === undefined ? undefined : NAMES.get(path);
}

/** What multiprocessing shares with a process only while that starts. */
export const KEPT_BY_INHERITANCE =
  /^multiprocessing\.(?:Lock|RLock|Semaphore|BoundedSemaphore|Condition|Event|Barrier|Queue|SimpleQueue|JoinableQueue|Value|Array)\(\)$/;
