import { RookeryError } from '../../server/index.js';
import type { RequestFields } from './request-fields.js';
import { RefusingResponse } from './refusing-response.js';

type Done = (error: unknown, user?: unknown) => void;

/** The part of passport that is used. */
interface Passport {
  authenticate(
    strategies: string | readonly string[],
    options: object,
    callback: Done,
  ): (request: object, response: object, next: (error?: unknown) => void) => unknown;
  /** What passport itself asks; it has no public question for it. */
  _strategy?(name: string): unknown;
}

/** A request as strategies see it, and write on it. */
export type StrategyRequest = RequestFields & { user?: unknown };

/** Strategies of passport, tried in order. */
export class Strategies {
  readonly #passport: Passport;
  readonly #names: string | readonly string[];
  readonly #options: object;

  private constructor(passport: Passport, names: readonly string[], options: object) {
    this.#passport = passport;
    // Passport tells one from a list of one in what it reports.
    this.#names = names.length === 1 ? names[0]! : names;
    this.#options = options;
  }

  /**
   * @param place who asks, for error messages.
   * @throws RookeryError `INVALID_GATEWAY` when passport is not installed, or a strategy is not registered.
   */
  static async load(names: readonly string[], options: object, place: string): Promise<Strategies> {
    const passport = await importPassport(place);
    const missing = names.find((name) => passport._strategy !== undefined && passport._strategy(name) === undefined);
    if (missing === undefined) return new Strategies(passport, names, { session: false, ...options });
    throw new RookeryError(
      'INVALID_GATEWAY',
      `${place} names the strategy "${missing}", which nobody has registered with passport; provide it, or call passport.use() before the application starts`,
    );
  }

  /** Who the request is of; `undefined` when no strategy knows. Rejects with what a strategy failed with. */
  authenticate(request: StrategyRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const response = new RefusingResponse();
      response.refused.catch(() => resolve(undefined));
      const authenticate = this.#passport.authenticate(this.#names, this.#options, (error, user) => {
        if (isPresent(error)) reject(error);
        else resolve(isPresent(user) ? user : undefined);
      });
      // A strategy that passes, as that of sessions does, may have left a user.
      authenticate(withLogin(request), response, (error) => {
        if (isPresent(error)) reject(error);
        else resolve(request.user);
      });
    });
  }
}

async function importPassport(place: string): Promise<Passport> {
  try {
    const { default: passport } = await import('passport');
    return passport as unknown as Passport;
  } catch (error) {
    throw new RookeryError('INVALID_GATEWAY', `${place} needs the package passport: npm install passport`, {
      cause: error,
    });
  }
}

/** Logging in is for sessions of HTTP: here it says who the user is. */
function withLogin(request: StrategyRequest): StrategyRequest {
  const logIn = (user: unknown, options: unknown, done?: (error?: unknown) => void): void => {
    request.user = user;
    if (typeof options === 'function') options();
    else done?.();
  };
  const logOut = (options: unknown, done?: (error?: unknown) => void): void => logIn(undefined, options, done);
  return Object.assign(request, { logIn, login: logIn, logOut, logout: logOut });
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}
