import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { InMemoryAdapter } from '../../lib/adapter/index.js';
import { SocketIoHealthIndicator } from '../../lib/index.js';
import { startApp } from './support.js';

/** An adapter whose bus is as the test wants it. */
function adapterOf(health: object | undefined, count: () => Promise<number>): typeof InMemoryAdapter {
  return class extends InMemoryAdapter {
    readonly health = health;
    override serverCount(): Promise<number> {
      return count();
    }
  };
}

const two = (): Promise<number> => Promise.resolve(2);

describe('the health of Socket.IO', () => {
  it('is up, with the clients of this node and the number of nodes', async () => {
    await using running = await startApp({});
    await running.clients.connect('/');
    const indicator = running.app.get(SocketIoHealthIndicator);
    expect(await indicator.isHealthy()).toEqual({ 'socket.io': { status: 'up', clients: 1, servers: 1 } });
    expect(await indicator.isHealthy('realtime')).toMatchObject({ realtime: { status: 'up' } });
  });

  it('is down when the bus takes no messages, with what it said', async () => {
    const health = { isUp: true, lastError: new Error('connection refused'), failedPublishes: 3 };
    await using running = await startApp({ options: { adapter: adapterOf(health, two) } });
    const indicator = running.app.get(SocketIoHealthIndicator);
    expect(await indicator.isHealthy('io')).toEqual({
      io: { status: 'up', clients: 0, servers: 2, failedPublishes: 3 },
    });
    health.isUp = false;
    expect(await indicator.isHealthy('io')).toEqual({
      io: { status: 'down', clients: 0, servers: 2, failedPublishes: 3, message: 'connection refused' },
    });
  });

  it('is down when the bus cannot count the nodes, or takes too long', async () => {
    let count = two;
    await using running = await startApp({ options: { adapter: adapterOf(undefined, () => count()) } });
    const indicator = running.app.get(SocketIoHealthIndicator);
    count = () => Promise.reject(new Error('no answer'));
    expect(await indicator.isHealthy('io')).toEqual({ io: { status: 'down', clients: 0, message: 'no answer' } });
    count = () => new Promise(() => {});
    expect(await indicator.isHealthy('io', { timeout: 10 })).toMatchObject({
      io: { status: 'down', message: 'The adapter did not count the nodes within 10 ms' },
    });
  });

  it('is an indicator for @nestjs/terminus', async () => {
    const { HealthCheckService, TerminusModule } = await import('@nestjs/terminus');
    const health = { isUp: true, lastError: new Error('connection refused'), failedPublishes: 0 };
    await using running = await startApp({
      imports: [TerminusModule.forRoot({ logger: false })],
      options: { adapter: adapterOf(health, two) },
    });
    const [checks, indicator] = [running.app.get(HealthCheckService), running.app.get(SocketIoHealthIndicator)];
    const check = (): Promise<unknown> => checks.check([() => indicator.isHealthy()]);
    expect(await check()).toMatchObject({ status: 'ok', info: { 'socket.io': { status: 'up', servers: 2 } } });
    health.isUp = false;
    await expect(check()).rejects.toMatchObject({ status: 503 });
  });
});
