/** The servers that a node can run: this package as it is built, and the published one. */
export const servers = {
  async rookery() {
    const [{ Server }, { AckTable }] = await Promise.all([
      import('rookery/server'),
      import('../../../dist/esm/server/acks.js'),
    ]);
    // Every table that ever held a question.
    const tables = new Set();
    const { expect } = AckTable.prototype;
    AckTable.prototype.expect = function (...args) {
      tables.add(this);
      expect.apply(this, args);
    };
    const logged = [];
    const log = { warn: (message) => logged.push(message), error: (message) => logged.push(message) };
    return {
      createIo: (httpServer, options) => new Server(httpServer, { ...options, log }),
      openAcks: () => [...tables].reduce((sum, table) => sum + table.size, 0),
      logged,
    };
  },

  async 'socket.io'() {
    const { Server } = await import('socket.io');
    return {
      createIo: (httpServer, options) => new Server(httpServer, options),
      openAcks: (io) => [...io.sockets.sockets.values()].reduce((sum, socket) => sum + socket.acks.size, 0),
      logged: [],
    };
  },
};
