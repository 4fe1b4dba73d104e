// System calls in which threads sleep, by their numbers, and what a person calls that.

/** What a thread does in a system call. */
export interface CallName {
  readonly name: string;
  readonly doing: string;
}

const READS = 'reads';
const WRITES = 'writes';
const SLEEPS = 'sleeps';
const EVENTS = 'waits for files or sockets to be ready';
const NETWORK = 'waits for the network';
const CHILD = 'waits for another process to end';
const DISK = 'waits for the disk';
const FILE_LOCK = 'waits for a file lock or opens a file';

/** Name, what a thread does there, number on x86-64 and on ARM; -1 where there is none. */
const CALLS: readonly (readonly [name: string, doing: string, x64: number, arm64: number])[] = [
  ['read', READS, 0, 63],
  ['pread64', READS, 17, 67],
  ['readv', READS, 19, 65],
  ['write', WRITES, 1, 64],
  ['pwrite64', WRITES, 18, 68],
  ['writev', WRITES, 20, 66],
  ['nanosleep', SLEEPS, 35, 101],
  ['clock_nanosleep', SLEEPS, 230, 115],
  ['pause', 'waits for a signal', 34, -1],
  ['rt_sigtimedwait', 'waits for a signal', 128, 137],
  ['rt_sigsuspend', 'waits for a signal', 130, 133],
  ['select', EVENTS, 23, -1],
  ['pselect6', EVENTS, 270, 72],
  ['poll', EVENTS, 7, -1],
  ['ppoll', EVENTS, 271, 73],
  ['epoll_wait', EVENTS, 232, -1],
  ['epoll_pwait', EVENTS, 281, 22],
  ['epoll_pwait2', EVENTS, 441, 441],
  ['accept', NETWORK, 43, 202],
  ['accept4', NETWORK, 288, 242],
  ['connect', NETWORK, 42, 203],
  ['recvfrom', NETWORK, 45, 207],
  ['recvmsg', NETWORK, 47, 212],
  ['sendto', NETWORK, 44, 206],
  ['sendmsg', NETWORK, 46, 211],
  ['wait4', CHILD, 61, 260],
  ['waitid', CHILD, 247, 95],
  ['fsync', DISK, 74, 82],
  ['fdatasync', DISK, 75, 83],
  ['flock', FILE_LOCK, 73, 32],
  ['fcntl', FILE_LOCK, 72, 25],
  ['openat', FILE_LOCK, 257, 56],
];

const BY_NUMBER: ReadonlyMap<number, CallName> = new Map(
  CALLS.map(([name, doing, x64, arm64]) => [
    process.arch === 'arm64' ? arm64 : x64,
    { name, doing },
  ]),
);

/** What a thread that sleeps in this call does. `first`: its first argument. */
export function callNamed(number: number, first: number): CallName {
  const call = BY_NUMBER.get(number);
  if (!call) return { name: number < 0 ? '' : `system call ${number}`, doing: 'is blocked' };
  // A select of no files is how a sleep was written before 3.11.
  const isSleep = (call.name === 'select' || call.name === 'pselect6') && first === 0;
  return isSleep ? { ...call, doing: SLEEPS } : call;
}
