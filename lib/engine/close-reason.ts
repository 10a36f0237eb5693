/** Why a session ended: the name used in the code, and the text that applications get. */
export const closeReasons = {
  transportClose: 'transport close',
  transportError: 'transport error',
  pingTimeout: 'ping timeout',
  parseError: 'parse error',
  forcedClose: 'forced close',
  slowConsumer: 'slow consumer',
  rateLimit: 'rate limit',
  serverShutdown: 'server shutting down',
} as const satisfies Record<string, string>;

/** The text of a close reason, as applications get it. */
export type CloseReason = (typeof closeReasons)[keyof typeof closeReasons];
