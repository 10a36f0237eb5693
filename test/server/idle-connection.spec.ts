import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { createId } from '../../lib/shared/index.js';
import { startTestServer } from '../../lib/testing/index.js';
import { collectGarbage } from '../support/garbage.js';
import { member } from './support.js';

// To collect the garbage of a process that has run many specifications takes seconds.
const patience = 60_000;

describe('an idle connection', () => {
  it(
    'holds neither its request nor what let it in',
    async () => {
      await using server = await startTestServer();
      const weak: WeakRef<object>[] = [];
      const httpServer = server.io.httpServer!;
      const emit = httpServer.emit as (...args: unknown[]) => boolean;
      httpServer.emit = function (this: typeof httpServer, ...args: [string, IncomingMessage]) {
        if (args[0] === 'upgrade') weak.push(new WeakRef(args[1]));
        return emit.call(this, ...args);
      } as typeof httpServer.emit;
      const { sockets } = server.io;
      const admit = sockets.admit.bind(sockets);
      sockets.admit = (...args) => {
        const attempt = admit(...args);
        weak.push(new WeakRef(attempt));
        return attempt;
      };
      const { socket } = await member(server);
      expect(weak).toHaveLength(2);
      await collectGarbage();
      expect(weak.map((each) => each.deref())).toEqual([undefined, undefined]);
      // Both are made for who asks.
      expect(socket.request!.url).toContain('transport=websocket');
      expect(socket.handshake.headers).toHaveProperty('host');
      expect(socket.handshake).toBe(socket.handshake);
    },
    patience,
  );
});

describe('an id', () => {
  it(
    'is one piece of text',
    async () => {
      const count = 200_000;
      const ids: string[] = Array.from({ length: count }, () => '');
      await collectGarbage();
      const before = process.memoryUsage().heapUsed;
      for (let index = 0; index < count; index++) ids[index] = createId();
      await collectGarbage();
      // 40 bytes; added up of pieces it would be more than 100.
      expect((process.memoryUsage().heapUsed - before) / count).toBeLessThan(80);
      expect(ids.at(-1)).toHaveLength(20);
    },
    patience,
  );
});
