import type { Server as HttpServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Socket } from '../../lib/server/index.js';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import { transportLists } from '../support/clients.js';
import { debian, describeWith } from '../support/debian.js';
import { PythonProcess } from '../support/python.js';
import { next } from './fixtures/foreign-clients.js';

const script = fileURLToPath(new URL('fixtures/client.py', import.meta.url));

// An interpreter starts for each test: that alone takes long on a busy machine.
const patience = 30_000;

for (const [name, transports] of transportLists) {
  describeWith([debian.pythonSocketIo], `the Python client over ${name}`, () => {
    let server: TestServer;
    let python: PythonProcess;

    beforeEach(async () => {
      server = await startTestServer(undefined, { pingInterval: 50, pingTimeout: 5_000 });
      python = new PythonProcess(script);
    });

    afterEach(async () => {
      await python?.stop();
      await server.close();
    });

    const connect = (namespaces = ['/'], auth: unknown = null) =>
      python.call('connect', { url: server.url, namespaces, transports, auth });

    /** The server's socket of a client that is connected. */
    async function connected(namespace = '/', auth: unknown = null): Promise<Socket> {
      const connection = next(server.io.of(namespace), 'connection');
      await connect([namespace], auth);
      return (await connection)[0] as Socket;
    }

    it(
      'connects with its auth, and ends on the best transport it offers',
      async () => {
        const peer = await connected('/', { token: 'a', deep: { list: [1, 'zwölf €'] } });
        expect(peer.handshake.auth).toEqual({ token: 'a', deep: { list: [1, 'zwölf €'] } });
        expect(await python.call('ids')).toEqual({ '/': peer.id });
        const best = transports.at(-1);
        if (peer.conn.transport.name !== best) await next(peer.conn, 'upgrade');
        expect(peer.conn.transport.name).toBe(best);
        expect(await python.call('transport')).toBe(best);
        await python.next('connect');
      },
      patience,
    );

    it(
      'joins two namespaces over one connection',
      async () => {
        server.io.of('/admin');
        await connect(['/', '/admin'], { token: 'b' });
        const [main] = [...server.io.sockets.sockets.values()];
        const [admin] = [...server.io.of('/admin').sockets.values()];
        expect(await python.call('ids')).toEqual({ '/': main!.id, '/admin': admin!.id });
        expect(admin!.handshake.auth).toEqual({ token: 'b' });
        expect(admin!.conn).toBe(main!.conn);
        server.io.of('/admin').emit('news', 'for admins');
        server.io.emit('news', 'for all');
        expect(await python.next('news', '/admin')).toEqual(['for admins']);
        expect(await python.next('news')).toEqual(['for all']);
      },
      patience,
    );

    it(
      'is told why a namespace does not let it in',
      async () => {
        const data = { content: 'Please retry later' };
        server.io.of('/admin').use((_socket, proceed) => proceed(Object.assign(new Error('not authorized'), { data })));
        const namespaces = ['/admin', '/nowhere'];
        // With `wait`, the client would wait for a namespace that will never be there.
        await python.call('connect', { url: server.url, namespaces, transports, auth: null, wait: false });
        expect(await python.next('connect_error', '/admin')).toEqual([{ message: 'not authorized', data }]);
        expect(await python.next('connect_error', '/nowhere')).toEqual([{ message: 'Invalid namespace' }]);
        expect(server.io.of('/admin').sockets.size).toBe(0);
        expect(await python.call('ids')).toEqual({});
      },
      patience,
    );

    it(
      'sends and receives events with any JSON',
      async () => {
        const peer = await connected();
        const values = [1, 'zwölf € 😀 \u2028 "\\n" \n', null, false, [], { a: [{}] }, '', 1.5];
        const received = next(peer, 'up');
        await python.call('emit', { event: 'up', args: values, namespace: '/' });
        expect(await received).toEqual(values);
        peer.emit('down', ...values);
        expect(await python.next('down')).toEqual(values);
      },
      patience,
    );

    it(
      'exchanges bytes both ways, in events and in acks',
      async () => {
        const peer = await connected();
        const deep = { list: [Buffer.from([0, 255]), 'text'], big: Buffer.alloc(70_000, 7) };
        const received = next(peer, 'up');
        await python.call('emit', { event: 'up', args: [Buffer.from([1, 2]), deep], namespace: '/' });
        expect(await received).toEqual([Buffer.from([1, 2]), deep]);
        peer.emit('down', deep, Buffer.from([3]));
        expect(await python.next('down')).toEqual([deep, Buffer.from([3])]);

        peer.on('reverse', (bytes: Buffer, ack: (answer: unknown) => void) => {
          ack({ reversed: [Buffer.from(bytes).reverse()] });
        });
        const answer = await python.call('call', { event: 'reverse', args: [Buffer.from([1, 2, 3])], namespace: '/' });
        expect(answer).toEqual({ reversed: [Buffer.from([3, 2, 1])] });
        await python.call('answer', { event: 'question', args: [{ bytes: [Buffer.from([9])] }] });
        expect(await peer.timeout(10_000).emitWithAck('question')).toEqual({ bytes: [Buffer.from([9])] });
      },
      patience,
    );

    it(
      'gets acks, and gives them',
      async () => {
        const peer = await connected('/admin');
        peer.on('sum', (a: number, b: number, ack: (sum: number, text: string) => void) => ack(a + b, 'more'));
        peer.on('nothing', (ack: () => void) => ack());
        expect(await python.call('call', { event: 'sum', args: [1, 2], namespace: '/admin' })).toEqual([3, 'more']);
        expect(await python.call('call', { event: 'nothing', args: [], namespace: '/admin' })).toBeNull();
        await python.call('answer', { event: 'question', args: ['an answer', 2] });
        const answers = await new Promise((resolve) => {
          peer.emit('question', 1, (...args: unknown[]) => resolve(args));
        });
        expect(answers).toEqual(['an answer', 2]);
        expect(await python.next('question', '/admin')).toEqual([1]);
      },
      patience,
    );

    it(
      'answers the pings of the server',
      async () => {
        const peer = await connected();
        for (let beats = 0; beats < 3; beats++) await next(peer.conn, 'heartbeat');
        expect(peer.connected).toBe(true);
      },
      patience,
    );

    it(
      'leaves',
      async () => {
        const peer = await connected();
        const left = next(peer, 'disconnect');
        await python.call('disconnect');
        // This client cuts its connection before the packet that says so has left.
        const reason = transports.at(-1) === 'websocket' ? 'transport close' : 'transport error';
        expect((await left)[0]).toBe(reason);
        await python.next('disconnect');
        expect(server.io.engine.clientsCount).toBe(0);
      },
      patience,
    );

    it(
      'learns that the server ends the namespace',
      async () => {
        const peer = await connected();
        peer.disconnect();
        await python.next('disconnect');
        await expect(python.call('emit', { event: 'late', args: [], namespace: '/' })).rejects.toThrow(
          'BadNamespaceError',
        );
      },
      patience,
    );

    it(
      'comes back after its connection broke',
      async () => {
        const peer = await connected('/', { token: 'a' });
        await python.next('connect');
        const again = next(server.io, 'connection');
        // Told to go over polling, this client stays away.
        if (transports.at(-1) === 'websocket') peer.conn.close();
        else (server.io.httpServer as HttpServer).closeAllConnections();
        await python.next('disconnect');
        await python.next('connect');
        const [successor] = (await again) as [Socket];
        expect(successor.id).not.toBe(peer.id);
        expect(successor.handshake.auth).toEqual({ token: 'a' });
        server.io.emit('said', 'welcome back');
        expect(await python.next('said')).toEqual(['welcome back']);
      },
      patience,
    );
  });
}
