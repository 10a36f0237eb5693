/**
 * The key of what a connection carries about the process that serves it.
 *
 * Sessions opened over such a connection have it behind the last dot of their id, so that whoever accepts connections for
 * several processes knows whose a request is.
 */
export const sessionMark: unique symbol = Symbol.for('rookery.session-mark') as never;

/** A connection that may carry a mark: characters of `[A-Za-z0-9_-]`. */
export interface MarkedConnection {
  [sessionMark]?: string;
}
