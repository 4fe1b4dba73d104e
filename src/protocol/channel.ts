// One end of the wire. The same class on both sides; who sends and who listens is told by the type arguments.
// A request is answered with a result or with an error; closing the channel rejects what is still open.

import { isRecord } from '../core/checks';
import { UserError } from '../core/errors';

/** How bytes get across: `postMessage` on one side, an event on the other. */
export interface Port {
  post(message: unknown): void;
}

/** Requests by name. An interface that has only such rows is one. */
type Table<Requests> = Record<
  keyof Requests,
  { readonly params: unknown; readonly result: unknown }
>;

/** What an end does when it is asked, request by request. */
export type Handlers<Requests extends Table<Requests>> = {
  readonly [Name in keyof Requests]: (
    params: Requests[Name]['params'],
  ) => Requests[Name]['result'] | Promise<Requests[Name]['result']>;
};

type Listeners<Notices> = { readonly [Name in keyof Notices]: (notice: Notices[Name]) => void };

/** What this end does with what arrives, and where unexpected errors are told. */
export interface ChannelEnd<RequestsIn extends Table<RequestsIn>, NoticesIn> {
  readonly requests: Handlers<RequestsIn>;
  readonly notices: Listeners<NoticesIn>;
  readonly reportDefect: (error: unknown) => void;
}

/** What travels. */
type Message =
  | { readonly type: 'notice'; readonly name: string; readonly body: unknown }
  | { readonly type: 'request'; readonly name: string; readonly id: number; readonly body: unknown }
  | { readonly type: 'reply'; readonly id: number; readonly ok: true; readonly body: unknown }
  | { readonly type: 'reply'; readonly id: number; readonly ok: false; readonly problem: string };

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Type arguments: what this end may ask and tell, then what it answers and hears. */
export class Channel<
  RequestsOut extends Table<RequestsOut>,
  NoticesOut,
  RequestsIn extends Table<RequestsIn>,
  NoticesIn,
> {
  readonly #port: Port;
  readonly #end: ChannelEnd<RequestsIn, NoticesIn>;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #closed = false;

  constructor(port: Port, end: ChannelEnd<RequestsIn, NoticesIn>) {
    this.#port = port;
    this.#end = end;
  }

  /** Tells the other side. Silently nothing once closed: a notice to somebody who has left is no defect. */
  tell<Name extends keyof NoticesOut & string>(name: Name, body: NoticesOut[Name]): void {
    if (!this.#closed) this.#port.post({ type: 'notice', name, body });
  }

  /** Asks the other side. Rejects with a `UserError` if that side fails or the channel is closed. */
  ask<Name extends keyof RequestsOut & string>(
    name: Name,
    body: RequestsOut[Name]['params'],
  ): Promise<RequestsOut[Name]['result']> {
    if (this.#closed) return Promise.reject(closedError());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve, reject });
      this.#port.post({ type: 'request', name, id, body });
    });
  }

  /** Takes what arrived. Anything that is not a message of ours is ignored: frames hear from others too. */
  receive(data: unknown): void {
    if (this.#closed || !isMessage(data)) return;
    switch (data.type) {
      case 'notice': {
        this.#hear(data.name, data.body);
        return;
      }
      case 'request':
        return void this.#answer(data.name, data.id, data.body);
      case 'reply': {
        this.#settle(data);
        return;
      }
    }
  }

  /** Ends the channel; whoever still waits for an answer is told so. */
  dispose(): void {
    this.#closed = true;
    for (const { reject } of this.#pending.values()) reject(closedError());
    this.#pending.clear();
  }

  #hear(name: string, body: unknown): void {
    const listeners = this.#end.notices as Partial<Record<string, (body: unknown) => void>>;
    try {
      listeners[name]?.(body);
    } catch (error) {
      this.#end.reportDefect(error);
    }
  }

  async #answer(name: string, id: number, body: unknown): Promise<void> {
    const handlers = this.#end.requests as Partial<Record<string, (body: unknown) => unknown>>;
    try {
      const handler = handlers[name];
      if (!handler) throw new UserError(`“${name}” is not something that can be asked here.`);
      const result = await handler(body);
      if (!this.#closed) this.#port.post({ type: 'reply', id, ok: true, body: result });
    } catch (error) {
      if (!(error instanceof UserError)) this.#end.reportDefect(error);
      const problem = error instanceof UserError ? error.message : 'Internal error; see the log.';
      if (!this.#closed) this.#port.post({ type: 'reply', id, ok: false, problem });
    }
  }

  #settle(reply: Message & { type: 'reply' }): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.ok) pending?.resolve(reply.body);
    else pending?.reject(new UserError(reply.problem));
  }
}

function isMessage(data: unknown): data is Message {
  if (!isRecord(data) || !('type' in data)) return false;
  if (data.type === 'notice') return 'name' in data && typeof data.name === 'string';
  if (data.type === 'request')
    return 'name' in data && 'id' in data && typeof data.name === 'string';
  return data.type === 'reply' && 'id' in data && typeof data.id === 'number' && 'ok' in data;
}

function closedError(): UserError {
  return new UserError('The panel was closed.');
}
