/**
 * Every error code of the package, with what it means.
 *
 * The README's table is checked against this record.
 */
export const errorCodes = {
  ACK_DISCONNECTED: 'The peer went away before it answered.',
  ACK_LIMIT: 'The client owes too many answers already: `maxPendingAcks`.',
  ACK_TIMEOUT: 'The peer did not answer in time.',
  ADAPTER_FAILED: 'The adapter did not start, or its bus does not answer.',
  CLUSTER_TIMEOUT: 'A node of the cluster did not answer in time; `responses` has the answers of the others.',
  CLUSTER_UNREACHABLE: 'The bus between the nodes of the cluster cannot be reached.',
  DELIVERY_FAILED: 'The log did not confirm a message of `emitReliable()`.',
  DELIVERY_OFF: '`reliableDelivery` is off, or the adapter keeps no messages.',
  INVALID_ATTACH_TARGET: 'The value given to attach() is not an HTTP server or a port.',
  INVALID_DELIVERY: 'What `emitReliable()` was given cannot be delivered reliably.',
  INVALID_EVENT_NAME: 'The event name is reserved by the protocol or is not a string or number.',
  INVALID_GATEWAY: 'A gateway class is declared in a way that cannot work.',
  INVALID_NAMESPACE: 'The namespace name or pattern cannot be used.',
  INVALID_OPTION: 'An option has a value that cannot work.',
  INVALID_PRESENCE: 'Presence was given a socket, a room, a key or metadata that it cannot keep.',
  NOT_SERIALIZABLE: 'The value cannot be written as JSON: it is circular, too deep, or contains a BigInt.',
  PARSE_ERROR: 'The peer sent bytes that do not follow the protocol.',
  PORT_UNAVAILABLE: 'A port that a gateway asks for cannot be listened on.',
  SERVER_EVENT_FAILED: 'A handler of an event that a server sent to this client has thrown.',
  SERVER_UNREACHABLE: 'A server did not let this client in, and the start waits for it.',
  SESSION_RELAY_FAILED: 'The session relay cannot listen for other nodes.',
} as const satisfies Record<string, string>;

/** One of the codes in `errorCodes`. */
export type ErrorCode = keyof typeof errorCodes;

/** An error thrown or passed on by this package; `code` tells which, `message` what to do. */
export class RookeryError extends Error {
  override readonly name: string = 'RookeryError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
