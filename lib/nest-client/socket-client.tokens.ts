/** The name of the client that is meant where none is named. */
export const defaultClient = 'default';

/** Where a module keeps its options; each has its own. */
export const SOCKET_CLIENT_OPTIONS = Symbol('rookery:socket_client_options');

/** The token of a client. */
export function clientToken(client: string): string {
  return `SocketClient(${client})`;
}

/** The token of a client's socket, which Nest names where it cannot be injected. */
export function socketToken(namespace: string, client: string): string {
  return `Socket(${namespace} of ${client})`;
}
