// What is known of calls without measuring them: which ones wait, which ones are over in a moment.

import type { Names } from '../python/names';
import type { CallExpression, Expression } from '../python/pythonCode';
import { argumentOf } from '../python/walkCode';

const HTTP_METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'request'];
const SOCKET_METHODS = 'recv recv_into recvfrom recvmsg accept connect sendall send sendfile'.split(
  ' ',
);
const QUEUES = [
  'queue.Queue',
  'queue.SimpleQueue',
  'queue.LifoQueue',
  'queue.PriorityQueue',
  'multiprocessing.Queue',
  'multiprocessing.JoinableQueue',
  'multiprocessing.SimpleQueue',
];

/** Blocking calls: their time is spent outside the program, or in another of its threads. */
const WAITING = new Set([
  ...['time.sleep', 'input', 'signal.pause', 'os.system', 'os.wait', 'os.waitpid', 'os.popen'],
  ...['urllib.request.urlopen', 'urllib.request.urlretrieve', 'urllib3.request'],
  'urllib3.PoolManager().request',
  ...['run', 'call', 'check_call', 'check_output', 'getoutput', 'getstatusoutput'].map(
    name => `subprocess.${name}`,
  ),
  ...['wait', 'communicate'].map(name => `subprocess.Popen().${name}`),
  ...['create_connection', 'getaddrinfo', 'gethostbyname', 'gethostbyaddr', 'getfqdn'].map(
    name => `socket.${name}`,
  ),
  ...['select.select', 'select.poll().poll', 'select.epoll().poll'],
  'selectors.DefaultSelector().select',
  ...QUEUES.map(name => `${name}().get`),
  ...['queue.Queue().join', 'multiprocessing.JoinableQueue().join'],
  ...['Event', 'Condition', 'Barrier'].map(name => `threading.${name}().wait`),
  ...['threading.Condition().wait_for', 'threading.Thread().join', 'threading.Timer().join'],
  ...['multiprocessing.Process().join', 'multiprocessing.Pool().join'],
  ...['multiprocessing.Event().wait', 'multiprocessing.connection.wait'],
  ...['concurrent.futures.wait', 'concurrent.futures.Future().result'],
  ...['Thread', 'Process'].map(name => `concurrent.futures.${name}PoolExecutor().submit().result`),
  ...['HTTPConnection', 'HTTPSConnection'].flatMap(name =>
    ['connect', 'request', 'getresponse'].map(method => `http.client.${name}().${method}`),
  ),
  ...['requests', 'requests.Session()', 'requests.session()', 'httpx', 'httpx.Client()'].flatMap(
    owner => HTTP_METHODS.map(method => `${owner}.${method}`),
  ),
  ...[
    'socket.socket()',
    'socket.create_connection()',
    'ssl.create_default_context().wrap_socket()',
  ].flatMap(owner => SOCKET_METHODS.map(method => `${owner}.${method}`)),
]);

/** Others by their library: mail, files, remote shells, databases over the network. */
const WAITING_LIBRARIES =
  /^(?:smtplib\.SMTP(?:_SSL)?\(\)\.(?:sendmail|send_message|login|connect|quit)|ftplib\.FTP(?:_TLS)?\(\)\.\w+|imaplib\.\w+\(\)\.\w+|poplib\.\w+\(\)\.\w+|telnetlib\.Telnet\(\)\.\w+|paramiko\.SSHClient\(\)\.(?:connect|exec_command)|xmlrpc\.client\.ServerProxy\(\)\.\w+)$/;
/** Databases: waiting too, but one connection belongs to one thread at a time, so a lock around them is right. */
const DATABASES =
  /^(?:psycopg2?|pymysql|MySQLdb|mysql\.connector|pyodbc|cx_Oracle|oracledb)\.connect(?:\(\)(?:\.cursor\(\))?\.(?:execute|executemany|fetchone|fetchall|fetchmany|commit))?$|^(?:redis\.(?:Strict)?Redis|pymongo\.MongoClient)\(\)\.\w+$/;

/** Whether a path, as `Names.pathOf` gives it, is a call that waits for something outside the program. */
export function isWaiting(path: string | undefined): boolean {
  return path !== undefined && (WAITING.has(path) || WAITING_LIBRARIES.test(path));
}

/** Whether a call waits; not so where it says `block=False`, `timeout=0` or `sleep(0)`. */
export function isWaitingCall(call: CallExpression, names: Names): boolean {
  const path = names.pathOf(call.callee);
  if (!isWaiting(path)) return false;
  // With WNOHANG, or with flags from elsewhere, nobody knows.
  if (path === 'os.waitpid' && !isNothing(argumentOf(call, 'options', 1))) return false;
  return ![
    argumentOf(call, 'block', 0),
    argumentOf(call, 'blocking', undefined),
    argumentOf(call, 'timeout', undefined),
  ].some(isNothing);
}

/** Whether a call of a database waits for its server. */
export function isDatabaseCall(path: string | undefined): boolean {
  return path !== undefined && DATABASES.test(path);
}

function isNothing(argument: Expression | undefined): boolean {
  if (argument?.kind === 'number') return Number(argument.text) === 0;
  return argument?.kind === 'other' && argument.node === 'Boolean' && argument.operator === 'False';
}

/** Quick calls that keep the GIL: they neither hide waiting nor prove work. */
const LIGHT_BUILTINS = new Set(
  'abs all any ascii bin bool bytearray bytes callable chr classmethod complex delattr dict dir divmod enumerate filter float format frozenset getattr globals hasattr hash hex id int isinstance issubclass iter len list locals map max memoryview min next object oct ord pow print property range repr reversed round set setattr slice sorted staticmethod str sum super tuple type vars zip'.split(
    ' ',
  ),
);
const LIGHT_MODULES =
  /^(?:math|cmath|operator|itertools|functools|collections|random|decimal|fractions|statistics|time\.(?:time|perf_counter|monotonic|process_time|thread_time)|string|re|json|copy|struct|bisect|heapq|array|logging|datetime|dataclasses|enum|typing|types|uuid|textwrap|traceback|warnings|contextlib|weakref|abc|int|str|float|bytes|dict|list|set|os\.(?:getpid|getppid|cpu_count|environ|getenv|path\.(?:join|basename|dirname|splitext))|threading\.(?:current_thread|get_ident|get_native_id|active_count|Lock|RLock|Event|local)|sys\.(?:stdout|stderr|getsizeof|getrefcount|exit|intern)|gc|dis|inspect|pathlib\.(?:Pure\w+|Path)$|queue\.\w*Queue(?:\(\)\.(?:put|put_nowait|get_nowait|task_done|qsize|empty|full))?$|multiprocessing\.(?:current_process|cpu_count))\b/;
const LIGHT_METHODS = new Set(
  'append extend insert pop add discard remove clear copy items keys values setdefault count index find split rsplit splitlines strip lstrip rstrip join lower upper title replace startswith endswith encode decode format sort reverse group groups isdigit isalpha isalnum isspace isupper islower bit_length bit_count most_common appendleft popleft union difference intersection issubset put put_nowait task_done is_set set info debug warning error exception from_bytes to_bytes zfill ljust rjust center rotate partition translate swapcase fromkeys total_seconds isoformat strftime'.split(
    ' ',
  ),
);
const RESULT_OF_WAITING =
  /^(?:requests|httpx|urllib\.request|urllib3|http\.client|subprocess)\b.*\(\)\.(?:json|read|raise_for_status|close|decode|iter_lines|strip|getheader|splitlines|split)(?:\(\)\.\w+)*$/;
/** What makes the objects whose methods wait. */
const WAITING_OBJECT =
  /^(?:requests\.[sS]ession|httpx\.Client|urllib3\.PoolManager|http\.client\.HTTPS?Connection|socket\.socket|subprocess\.Popen|smtplib\.SMTP(?:_SSL)?|ftplib\.FTP(?:_TLS)?)$/;
/** Words in names that speak of something outside Python's own bytecode, or of C code that may release the GIL. */
const ELSEWHERE =
  /(?:^|_)(?:read\w*|write\w*|fetch\w*|get|load\w*|download\w*|upload\w*|send\w*|recv\w*|receive|request|query|execute\w*|connect|open|wait\w*|sleep|pause|save|post|put\w*|submit|result|run\w*|call|invoke|compress|decompress|hash\w*|update|digest|hexdigest|encrypt|decrypt|verify|sign|filter|resize|convolve|render|predict|fit|train|transform|forward|backward|solve|dot|matmul|process|perform|serve|accept|listen|poll|copy\w*|move|delete|scan|walk|parse|convert|extract|sync|join|input|play|record|capture|flush|handle|dispatch|step|next|pull|push|publish|consume|commit|work|do|ping|check|sample)(?:_|$)/i;

/** What is known of a call that the file does not define, and that does not wait. */
export type Weight = 'light' | 'unknown' | 'elsewhere';

/**
 * How much a call may hide. `light`: over in a moment. `elsewhere`: its name says that it may wait or leave the GIL.
 * `unknown`: nothing is known.
 */
export function weightOf(callee: Expression, path: string | undefined): Weight {
  if (path !== undefined) {
    if (LIGHT_BUILTINS.has(path) || LIGHT_MODULES.test(path)) return 'light';
    if (/^\w+(?:Error|Exception|Warning|Exit|Interrupt|Iteration)$/.test(path)) return 'light';
    if (RESULT_OF_WAITING.test(path) || WAITING_OBJECT.test(path)) return 'light';
    // A function of a library of which nothing is known.
    if (path.includes('.') && !path.includes('()')) return 'elsewhere';
  }
  if (callee.kind === 'attribute' && LIGHT_METHODS.has(callee.name)) return 'light';
  const name = callee.kind === 'attribute' || callee.kind === 'name' ? callee.name : '';
  return name === '' || ELSEWHERE.test(name) ? 'elsewhere' : 'unknown';
}
