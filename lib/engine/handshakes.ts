import type { IncomingMessage } from 'node:http';
import { askOnce, sessionMark, type MarkedConnection } from '../shared/index.js';
import { errorCodes, reject, rejectForNow, type Rejection } from './admission.js';
import { addressGroup, clientAddress } from './client-address.js';
import { ConnectionLimits, type ConnectionLimitHit } from './connection-limits.js';
import type { LimitReporter } from './limit-reporter.js';
import type { ResolvedEngineOptions } from './options.js';

/** A session, as it is counted. */
interface CountedSession {
  readonly id: string;
  readonly request: IncomingMessage | undefined;
}

/** Where the ids of sessions come from. */
export interface SessionIds {
  make(request: IncomingMessage): string | Promise<string>;
  /** Whether a session has the id. */
  isTaken(id: string): boolean;
}

/** Decides who may open a session, and counts those who have one. */
export class Handshakes {
  readonly #options: ResolvedEngineOptions;
  readonly #limits: ConnectionLimits;
  readonly #reporter: LimitReporter;
  readonly #ids: SessionIds;
  /** What a session is counted under, by its id, where that is more than one of the server's. */
  readonly #addresses = new Map<string, string>();

  constructor(options: ResolvedEngineOptions, reporter: LimitReporter, ids: SessionIds) {
    this.#options = options;
    this.#limits = new ConnectionLimits(options);
    this.#reporter = reporter;
    this.#ids = ids;
  }

  /** Asks the limits, then the application, then makes an id; calls either of the two, once, now or later. */
  begin(request: IncomingMessage, refuse: (rejection: Rejection) => void, accept: (id: string) => void): void {
    const address = this.#addressOf(request);
    const hit = this.#limits.admit(address, performance.now());
    if (hit !== undefined) {
      refuse(this.#rejectForNow(hit, address));
      return;
    }
    const enter = (id: string): void => {
      // Others that were being decided meanwhile may have taken its place.
      const full = this.#limits.full(address);
      if (full === undefined) accept(id);
      else refuse(this.#rejectForNow(full, address));
    };
    this.#askApplication(request, (rejection) => {
      if (rejection === undefined) this.#makeId(request, refuse, enter);
      else refuse(rejection);
    });
  }

  /** A session was opened, by a handshake or without one. */
  opened(session: CountedSession): void {
    // Some requests are made anew for who asks for them.
    const address = this.#limits.countsAddresses ? this.#addressOf(session.request) : '';
    if (address !== '') this.#addresses.set(session.id, address);
    this.#limits.opened(address, performance.now());
  }

  /** A session that was opened has ended. */
  closed(id: string): void {
    this.#limits.closed(this.#addresses.get(id) ?? '');
    this.#addresses.delete(id);
  }

  /** What the sessions of one client are counted under; empty where nobody asks. */
  #addressOf(request: IncomingMessage | undefined): string {
    if (request === undefined || !this.#limits.countsAddresses) return '';
    return addressGroup(clientAddress(request, this.#options.trustedProxies));
  }

  #rejectForNow(hit: ConnectionLimitHit, address: string): Rejection {
    this.#reporter.report({ limit: hit.limit, max: hit.max, ...(address !== '' && { address }) });
    return rejectForNow(hit);
  }

  #makeId(request: IncomingMessage, refuse: (rejection: Rejection) => void, enter: (id: string) => void): void {
    const fail = (error: unknown): void => {
      this.#options.onError(error, 'generateId');
      refuse(reject(errorCodes.BAD_REQUEST, { name: 'ID_GENERATION_ERROR', error }));
    };
    const mark = (request.socket as MarkedConnection | undefined)?.[sessionMark];
    const enterMarked = (made: string): void => {
      const id = mark === undefined ? made : `${made}.${mark}`;
      if (typeof made === 'string' && !this.#ids.isTaken(id)) enter(id);
      else fail(new TypeError(`generateId() makes a new text for each session, not ${typeof made}, and none twice`));
    };
    let id: string | Promise<string>;
    try {
      id = this.#ids.make(request);
    } catch (error) {
      fail(error);
      return;
    }
    if (typeof id === 'string') enterMarked(id);
    else Promise.resolve(id).then(enterMarked, fail).catch(this.#options.onError);
  }

  #askApplication(request: IncomingMessage, done: (rejection?: Rejection) => void): void {
    const { allowRequest } = this.#options;
    if (allowRequest === undefined) {
      done();
      return;
    }
    const refused = (error?: string | null): Rejection => reject(errorCodes.FORBIDDEN, { message: error ?? undefined });
    askOnce<Rejection | undefined>(
      (answer) => allowRequest(request, (error, isAllowed) => answer(isAllowed ? undefined : refused(error))),
      done,
      (error) => {
        this.#options.onError(error, 'allowRequest');
        return refused();
      },
    );
  }
}
