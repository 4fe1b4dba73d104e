// Numbers of the system calls in which a thread may sleep, on the machines that Node runs on.

interface Calls {
  readonly futex: number;
  readonly read: readonly number[];
  readonly write: readonly number[];
  readonly waitForChild: readonly number[];
  readonly select: readonly number[];
  /** The one that libuv uses and the standard library does not. */
  readonly loopInC: readonly number[];
}

/** read, readv, recvfrom, recvmsg · write, writev, sendto, sendmsg · wait4, waitid · poll, select, epoll and kin. */
const X64: Calls = {
  futex: 202,
  read: [0, 19, 45, 47],
  write: [1, 20, 44, 46],
  waitForChild: [61, 247],
  select: [7, 23, 232, 270, 271, 281, 441],
  loopInC: [281],
};

/** arm64 has no calls without a mask: what libuv calls and what Python calls is the same there. */
const ARM64: Calls = {
  futex: 98,
  read: [63, 65, 207, 212],
  write: [64, 66, 206, 211],
  waitForChild: [260, 95],
  select: [22, 72, 73, 441],
  loopInC: [],
};

const HERE = process.arch === 'arm64' ? ARM64 : X64;

export const FUTEX_CALL = HERE.futex;

/** Sets by what a call waits for. */
export const CALLS = {
  read: new Set(HERE.read),
  write: new Set(HERE.write),
  waitForChild: new Set(HERE.waitForChild),
  select: new Set(HERE.select),
  loopInC: new Set(HERE.loopInC),
} as const;
