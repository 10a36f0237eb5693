/** What the lines of the module begin with, where Nest puts the context of a logger. */
export const moduleLogContext = 'SocketIoModule';
