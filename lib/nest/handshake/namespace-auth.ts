import { UnauthorizedException, type LoggerService } from '@nestjs/common';
import type { Socket } from '../../server/index.js';
import { emitException, tellError, toldOf } from '../exceptions/error-report.js';
import type { NamespaceAuthOptions } from './auth-options.js';
import { Deadline } from './deadline.js';
import type { Strategies } from './passport.js';
import { requestFieldsOf, sessionOf, withBearer } from './request-fields.js';
import { defaultTokenSources, findToken } from './token-source.js';
import { setUser } from './user.js';
import type { UserRooms } from './user-rooms.js';

interface Identity {
  /** `undefined` for a client that nobody knows. */
  readonly user: unknown;
  readonly hasToken: boolean;
}

/** Finds out who the clients of a namespace are, and when that expires. */
export class NamespaceAuthenticator {
  readonly #strategies: Strategies;
  readonly #options: NamespaceAuthOptions;
  readonly #rooms: UserRooms;
  readonly #logger: LoggerService;
  /** When the authentication of sockets on their way in expires, in milliseconds since 1970. */
  readonly #moments = new WeakMap<Socket, number>();
  readonly #deadlines = new Map<Socket, Deadline>();

  constructor(strategies: Strategies, options: NamespaceAuthOptions, rooms: UserRooms, logger: LoggerService) {
    this.#strategies = strategies;
    this.#options = options;
    this.#rooms = rooms;
    this.#logger = logger;
  }

  /** Gives a socket its user, or refuses it. */
  async admit(socket: Socket): Promise<void> {
    const { user, hasToken } = await this.#identify(socket);
    if (user === undefined && this.#options.optional === true && !hasToken) return;
    this.#accept(socket, user);
  }

  /** Begins to wait for the end of the authentication of a socket that has come in. */
  onEntered(socket: Socket): void {
    const moment = this.#moments.get(socket);
    // A listener before this one may have disconnected it.
    if (moment === undefined || !socket.connected) return;
    this.#moments.delete(socket);
    this.#wait(socket, moment);
    socket.once('disconnect', () => {
      this.#deadlines.get(socket)?.cancel();
      this.#deadlines.delete(socket);
    });
  }

  async #identify(socket: Socket): Promise<Identity> {
    const token = await findToken(socket, this.#options.tokenFrom ?? defaultTokenSources);
    const fields = requestFieldsOf(socket);
    const headers = withBearer(socket.handshake.headers, token);
    const user = await this.#strategies.authenticate({ ...fields, headers });
    return { user, hasToken: token !== undefined };
  }

  #accept(socket: Socket, user: unknown): void {
    if (user === undefined) throw new UnauthorizedException();
    const moment = this.#momentOf(user, socket);
    if (moment !== undefined && moment <= Date.now()) throw expired();
    if (moment === undefined) this.#moments.delete(socket);
    else this.#moments.set(socket, moment);
    setUser(socket, user);
  }

  #momentOf(user: unknown, socket: Socket): number | undefined {
    const { onExpiry, expiresAt = expiryOfToken } = this.#options;
    if (onExpiry === 'ignore') return undefined;
    const expiry: unknown = expiresAt(user, socket);
    if (expiry === undefined || expiry === null) return undefined;
    const moment = expiry instanceof Date ? expiry.getTime() : typeof expiry === 'number' ? expiry * 1_000 : NaN;
    // An expiry that cannot be read must not become none.
    if (Number.isNaN(moment)) throw new TypeError(`expiresAt gave ${String(expiry)}, which is no moment`);
    return moment;
  }

  #wait(socket: Socket, moment: number): void {
    this.#deadlines.set(socket, new Deadline(moment, () => void this.#onExpired(socket)));
  }

  /** Never rejects. */
  async #onExpired(socket: Socket): Promise<void> {
    try {
      if (this.#options.onExpiry !== 'revalidate') throw expired();
      await reloadSession(socket);
      this.#accept(socket, (await this.#identify(socket)).user);
    } catch (error) {
      this.#expel(socket, error);
      return;
    }
    if (!socket.connected) return;
    this.#rooms.update(socket);
    const moment = this.#moments.get(socket);
    if (moment !== undefined) this.#wait(socket, moment);
  }

  #expel(socket: Socket, error: unknown): void {
    if (!socket.connected) return;
    try {
      const answer = toldOf(this.#logger, 'connection', error);
      tellError(this.#logger, 'connection', answer, (told) => emitException(socket, 'connection', told));
    } finally {
      socket.disconnect();
    }
  }
}

function expired(): UnauthorizedException {
  return new UnauthorizedException('The authentication has expired');
}

function expiryOfToken(user: { readonly exp?: unknown }): number | undefined {
  return typeof user.exp === 'number' ? user.exp : undefined;
}

/** The session as it is now: it may have ended since the handshake. */
async function reloadSession(socket: Socket): Promise<void> {
  const session = sessionOf(socket) as { reload?: (done: (error?: unknown) => void) => void } | undefined;
  if (typeof session?.reload !== 'function') return;
  await new Promise<void>((resolve, reject) => {
    session.reload!((error) => {
      // Whatever the store says of a session that is gone, there is none.
      if (error === undefined || error === null) resolve();
      else reject(expired());
    });
  });
}
