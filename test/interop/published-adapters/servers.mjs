/** What a node can run: a server of this package as it is built, the published one, or what only broadcasts. */
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

  async emitter() {
    const { createEmitter } = await import('rookery/emitter');
    return { ...emitting, createIo: (_httpServer, { adapter }) => createEmitter({ adapter }) };
  },

  async 'emitter module'() {
    await import('reflect-metadata');
    const [{ Module }, { NestFactory }, { Broadcaster, EmitterModule }] = await Promise.all([
      import('@nestjs/common'),
      import('@nestjs/core'),
      import('rookery'),
    ]);
    const createIo = async (_httpServer, { adapter }) => {
      class Worker {}
      Module({ imports: [EmitterModule.forRoot({ adapter })] })(Worker);
      return (await NestFactory.createApplicationContext(Worker, { logger: false })).get(Broadcaster);
    };
    return { ...emitting, createIo };
  },
};

/** It holds no clients that could be asked. */
const emitting = { openAcks: () => 0, logged: [] };
