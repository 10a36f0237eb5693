import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { io, type Manager, type Socket, type DefaultEventsMap } from '../../lib/client/node/index.js';
import type { Socket as ServerSocket } from '../../lib/server/index.js';
import { startTestServer, type TestServer } from '../../lib/testing/index.js';
import { createCertificate, type Certificate } from '../support/certificate.js';
import { debian, describeWith } from '../support/debian.js';
import { until } from '../support/waiting.js';
import { installWebTransport, WebTransportServer } from '../support/webtransport.js';
import { next } from './pairs.js';

describeWith([debian.openssl], 'the client over WebTransport', () => {
  let certificate: Certificate;
  let uninstall: () => void;
  let server: TestServer;
  let webTransport: WebTransportServer;
  let socket: Socket<DefaultEventsMap, DefaultEventsMap, Manager>;

  beforeAll(async () => {
    certificate = createCertificate();
    uninstall = await installWebTransport();
  });

  afterAll(() => uninstall());

  afterEach(async () => {
    socket.disconnect();
    await server.close();
    await webTransport.close();
  });

  async function connect(transports: string[]): Promise<ServerSocket> {
    server = await startTestServer(undefined, { transports: ['polling', 'webtransport'] });
    webTransport = await WebTransportServer.start(server.io, certificate);
    const connection = next(server.io as never, 'connection');
    socket = io(server.url, { forceNew: true, transports, transportOptions: webTransport.transportOptions as never });
    const peer = (await connection)[0] as ServerSocket;
    await until(() => peer.conn.transport.name === 'webtransport');
    peer.on('echo', (data: unknown, ack: (data: unknown) => void) => ack(data));
    return peer;
  }

  it.each([[['webtransport']], [['polling', 'webtransport']]])(
    'carries text and bytes of every size: %j',
    async (transports) => {
      await connect(transports);
      for (const size of [1, 125, 126, 65_535, 65_536, 300_000]) {
        expect(await socket.emitWithAck('echo', 'é'.repeat(size))).toBe('é'.repeat(size));
        const bytes = Buffer.alloc(size, 7);
        expect(bytes.equals((await socket.emitWithAck('echo', bytes)) as Buffer)).toBe(true);
      }
    },
  );

  it('hears of the end', async () => {
    const peer = await connect(['webtransport']);
    const end = next(socket, 'disconnect');
    peer.conn.close();
    expect((await end)[0]).toBe('transport close');
  });
});
