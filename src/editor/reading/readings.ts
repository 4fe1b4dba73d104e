// Asks the reader's thread, one question at a time, and replaces the thread when it crashes or does not let go.

import { Worker } from 'node:worker_threads';
import type { FromReader, QuestionName, Questions, TextVersion, ToReader } from './questions';

/** A document as it stands now: its version and text change with each edit. */
export interface LiveText {
  readonly document: string;
  readonly fileName: string;
  readonly version: number;
  getText(): string;
}

export interface ReadingsOptions {
  /** The bundle of `reader.ts`. */
  readonly bundle: string;
  /** A question that is worked at for longer than this has no answer. */
  readonly longestMs?: number;
  /** So long the thread may take to notice that nobody waits any more. */
  readonly patienceMs?: number;
}

/** An answer, or how else a question ended. */
export type Reply<Answer> =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** There is a newer text, or nobody is there any more. */
  | { readonly kind: 'superseded' }
  /** Nothing can be said of this text. A sentence says why. */
  | { readonly kind: 'failed'; readonly why: string };

interface Ticket {
  readonly live: LiveText;
  readonly text: TextVersion;
  readonly name: QuestionName;
  readonly given: object;
  readonly settle: (reply: Reply<unknown>) => void;
  crashes: number;
}

interface AtWork {
  readonly ticket: Ticket;
  /** The text is read first, because the thread did not know it. */
  readonly isReadingFirst: boolean;
  readonly longest: NodeJS.Timeout;
  patience: NodeJS.Timeout | undefined;
}

const SUPERSEDED = { kind: 'superseded' } as const;
const TOO_LONG = 'reading it takes too long';
const LONGEST_MS = 60_000;
const PATIENCE_MS = 300;

export class Readings {
  readonly #options: ReadingsOptions;
  #worker: Worker | undefined;
  #waiting: Ticket[] = [];
  #atWork: AtWork | undefined;
  #isDisposed = false;

  constructor(options: ReadingsOptions) {
    this.#options = options;
  }

  /** Asks about a text as it stands. Reading a newer one ends all questions about the older. Never rejects. */
  ask<Name extends QuestionName>(
    live: LiveText,
    name: Name,
    given: Omit<Questions[Name]['with'], 'source'>,
  ): Promise<Reply<Questions[Name]['answer']>> {
    const { document, fileName, version } = live;
    this.#supersede(live);
    return new Promise(resolve => {
      const settle = (reply: Reply<unknown>): void =>
        resolve(reply as Reply<Questions[Name]['answer']>);
      if (this.#isDisposed) {
        settle(SUPERSEDED);
        return;
      }
      const text = { document, fileName, version };
      this.#waiting.push({ live, text, name, given, settle, crashes: 0 });
      this.#next();
    });
  }

  /** Ends all questions about a document and forgets what was read of it. */
  forget(document: string): void {
    this.#end(({ text }) => text.document === document);
    this.#worker?.postMessage({ kind: 'forget', document } satisfies ToReader);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#end(() => true);
    this.#replace();
  }

  /** Ends what is asked about older texts of the same document. */
  #supersede({ document, version }: LiveText): void {
    this.#end(({ text }) => text.document === document && text.version !== version);
  }

  #end(isOver: (ticket: Ticket) => boolean): void {
    const over = this.#waiting.filter(isOver);
    this.#waiting = this.#waiting.filter(ticket => !over.includes(ticket));
    const atWork = this.#atWork;
    if (atWork && isOver(atWork.ticket) && atWork.patience === undefined) {
      over.push(atWork.ticket);
      this.#worker?.postMessage({ kind: 'stop' } satisfies ToReader);
      const { patienceMs = PATIENCE_MS } = this.#options;
      atWork.patience = setTimeout(() => this.#lost(undefined), patienceMs);
    }
    for (const { settle } of over) settle(SUPERSEDED);
  }

  /** Gives the thread its next question, if it has none. */
  #next(): void {
    if (this.#atWork || this.#isDisposed) return;
    const ticket = this.#waiting.shift();
    if (ticket) this.#begin(ticket, ticket.name === 'read');
    else this.#worker?.unref();
  }

  #begin(ticket: Ticket, isReading: boolean): void {
    const { live, text, name, given } = ticket;
    if (live.version !== text.version) {
      ticket.settle(SUPERSEDED);
      this.#next();
      return;
    }
    const { longestMs = LONGEST_MS } = this.#options;
    const longest = setTimeout(() => this.#lost(TOO_LONG), longestMs);
    this.#atWork = {
      ticket,
      isReadingFirst: isReading && name !== 'read',
      longest,
      patience: undefined,
    };
    const question = isReading
      ? { name: 'read', given: { source: live.getText() } }
      : { name, given };
    const worker = this.#running();
    worker.ref();
    worker.postMessage({ kind: 'ask', text, question });
  }

  #running(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(this.#options.bundle);
    this.#worker = worker;
    // What a thread says after it was replaced is of no interest.
    const ifCurrent = (act: () => void) => () => {
      if (this.#worker === worker) act();
    };
    worker.on('message', (reply: FromReader) => ifCurrent(() => this.#answered(reply))());
    worker.on('error', error => ifCurrent(() => this.#lost(error.message))());
    worker.on(
      'exit',
      ifCurrent(() => this.#lost('its thread ended')),
    );
    return worker;
  }

  #answered(reply: FromReader): void {
    const atWork = this.#ended();
    if (!atWork) return;
    const { ticket, isReadingFirst, patience } = atWork;
    if (patience !== undefined) {
      this.#next();
      return;
    } // nobody waits for it
    if (reply.kind === 'unread') {
      this.#begin(ticket, true);
      return;
    }
    if (reply.kind === 'answer' && isReadingFirst) {
      this.#begin(ticket, false);
      return;
    }
    ticket.settle(reply.kind === 'stopped' ? SUPERSEDED : reply);
    this.#next();
  }

  #ended(): AtWork | undefined {
    const atWork = this.#atWork;
    this.#atWork = undefined;
    clearTimeout(atWork?.longest);
    clearTimeout(atWork?.patience);
    return atWork;
  }

  /** The thread is gone or will not let go: a new one takes its place. A question survives the loss of one thread. */
  #lost(why: string | undefined): void {
    const atWork = this.#ended();
    this.#replace();
    if (atWork?.patience === undefined && atWork) {
      const { ticket } = atWork;
      ticket.crashes++;
      const isOver = ticket.crashes > 1 || why === TOO_LONG;
      if (isOver) ticket.settle({ kind: 'failed', why: why ?? '' });
      else this.#waiting.unshift(ticket);
    }
    this.#next();
  }

  #replace(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }
}
