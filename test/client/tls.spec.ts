import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { io, type IoOptions } from '../../lib/client/node/index.js';
import { Server } from '../../lib/server/index.js';
import { createCertificate, type Certificate } from '../support/certificate.js';
import { debian, describeWith } from '../support/debian.js';
import { next } from './pairs.js';

describeWith([debian.openssl], 'the client over TLS', () => {
  let certificate: Certificate;
  let server: Server;
  let url: string;

  beforeAll(async () => {
    certificate = createCertificate();
    const httpServer = createServer({ cert: certificate.cert, key: certificate.key });
    server = new Server(httpServer);
    await new Promise<void>((resolve) => {
      httpServer.listen(0, '127.0.0.1', resolve);
    });
    url = `https://127.0.0.1:${(httpServer.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    await server.close();
  });

  it.each<[string, string, (own: Certificate) => IoOptions, string]>([
    ['trusts the `ca` it is given', 'polling', ({ cert }) => ({ ca: cert }), 'connect'],
    ['trusts the `ca` it is given', 'websocket', ({ cert }) => ({ ca: cert }), 'connect'],
    ['trusts whom it need not check', 'polling', () => ({ rejectUnauthorized: false }), 'connect'],
    ['trusts whom it need not check', 'websocket', () => ({ rejectUnauthorized: false }), 'connect'],
    ['trusts no stranger', 'polling', () => ({}), 'connect_error'],
    ['trusts no stranger', 'websocket', () => ({}), 'connect_error'],
  ])('%s, over %s', async (_, transport, options, event) => {
    const socket = io(url, { transports: [transport], forceNew: true, reconnection: false, ...options(certificate) });
    await next(socket, event);
    expect(socket.connected).toBe(event === 'connect');
    socket.disconnect();
  });
});
