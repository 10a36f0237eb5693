/** The module's options, with the application's own filled in. */
export const SOCKET_IO_OPTIONS = Symbol('rookery:options');

/** The `Server` that all gateways share. */
export const SOCKET_IO_SERVER = Symbol('rookery:server');
