import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { sessionRelay, type SessionRelayOptions } from '../../lib/cluster/session-relay/index.js';
import {
  MessageBody,
  PublicNamespace,
  SocketIoHealthIndicator,
  SocketIoModule,
  SubscribeAck,
  WebSocketGateway,
} from '../../lib/index.js';
import { startRoundRobin } from '../session-relay/nodes.js';
import { secret } from '../session-relay/support.js';
import { Clients } from '../support/clients.js';

@WebSocketGateway()
@PublicNamespace()
class EchoGateway {
  @SubscribeAck('echo')
  echo(@MessageBody() body: unknown): unknown {
    return body;
  }
}

@Module({ providers: [{ provide: 'RELAY', useFactory: () => Promise.resolve({ secret }) }], exports: ['RELAY'] })
class SecretsModule {}

type Platform = 'express' | 'fastify';
type Attach = 'listener' | 'middleware';

async function startApplication(platform: Platform, attach: Attach): Promise<Application> {
  const module = await Test.createTestingModule({
    imports: [
      SocketIoModule.forRootAsync({
        imports: [SecretsModule],
        inject: ['RELAY'],
        useFactory: (options: SessionRelayOptions) => ({
          sessionRouting: sessionRelay(options),
          attach,
        }),
      }),
    ],
    providers: [EchoGateway],
  }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(
    (platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter()) as FastifyAdapter,
    { logger: false },
  );
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, port, [Symbol.asyncDispose]: () => app.close() };
}

interface Application extends AsyncDisposable {
  readonly app: NestFastifyApplication;
  readonly port: number;
}

describe('a Nest application with sessionRouting', () => {
  it.each<[Platform, Attach]>([
    ['express', 'listener'],
    ['express', 'middleware'],
    ['fastify', 'listener'],
  ])('on %s, as %s, serves long-polling behind any load balancer, and tells its health', async (platform, attach) => {
    await using one = await startApplication(platform, attach);
    await using other = await startApplication(platform, attach);
    await using proxy = await startRoundRobin([one.port, other.port]);
    const clients = new Clients(() => proxy.url);
    const polling = await clients.connect('/', { transports: ['polling'] });
    expect(await polling.timeout(10_000).emitWithAck('echo', 'hello')).toEqual({ ok: true, data: 'hello' });
    const health = await Promise.all([one, other].map(({ app }) => app.get(SocketIoHealthIndicator).isHealthy('io')));
    expect(health.map(({ io }) => io.status)).toEqual(['up', 'up']);
    expect(health.reduce((sum, { io }) => sum + io.routing!.relayed, 0)).toBeGreaterThan(0);
    await clients.closed();
  });

  it('does not start where the relay cannot listen, and says so', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const listen = { host: '127.0.0.1', port: (blocker.address() as AddressInfo).port };
    const module = await Test.createTestingModule({
      imports: [SocketIoModule.forRoot({ sessionRouting: sessionRelay({ secret, listen }), log: false })],
    }).compile();
    const app = module.createNestApplication({ logger: false });
    await expect(app.listen(0, '127.0.0.1')).rejects.toMatchObject({ code: 'SESSION_RELAY_FAILED' });
    const health = await app.get(SocketIoHealthIndicator).isHealthy('io');
    expect(health.io).toMatchObject({ status: 'down', message: expect.stringContaining('EADDRINUSE') });
    await app.close();
    blocker.close();
  });
});
