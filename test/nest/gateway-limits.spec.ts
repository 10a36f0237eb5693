import { describe, expect, it } from '@jest/globals';
import { MessageBody, SOCKET_IO_SERVER, SubscribeAck, WebSocketGateway } from '../../lib/index.js';
import type { LimitHit, Server } from '../../lib/server/index.js';
import { next } from '../support/clients.js';
import { until } from '../support/waiting.js';
import { bootError, startApp } from './support.js';

@WebSocketGateway({ namespace: '/small', limits: { maxSockets: 1, eventRate: { perSecond: 50, burst: 10 } } })
class SmallGateway {
  @SubscribeAck('echo')
  echo(@MessageBody() n: number): number {
    return n;
  }
}

@WebSocketGateway({ namespace: '/small' })
class SilentGateway {}

@WebSocketGateway({ namespace: '/small', limits: { eventRate: { burst: 10, perSecond: 50 }, maxSockets: 1 } })
class AgreeingGateway {}

@WebSocketGateway({ namespace: '/small', limits: { maxSockets: 2 } })
class OtherGateway {}

@WebSocketGateway({ namespace: '/none', limits: { maxSockets: 0 } })
class WrongGateway {}

@WebSocketGateway({ namespace: '/room/:id', limits: { maxPendingAcks: 1 } })
class RoomGateway {}

describe('the limits of a gateway', () => {
  it('are those of its namespace', async () => {
    await using running = await startApp({ providers: [SmallGateway, SilentGateway, AgreeingGateway] });
    const hits: LimitHit[] = [];
    const server = running.app.get<Server>(SOCKET_IO_SERVER);
    server.engine.on('limit', (hit: LimitHit) => hits.push(hit));
    const client = await running.clients.connect('/small', { transports: ['websocket'] });
    const [error] = (await next(running.clients.create('/small'), 'connect_error')) as [Error & { data: unknown }];
    expect([error.message, error.data]).toEqual(['Too many sockets', { status: 503 }]);
    const answers = await Promise.all(Array.from({ length: 15 }, (_, n) => client.emitWithAck('echo', n)));
    expect(answers).toHaveLength(15);
    expect(hits.map(({ limit, namespace }) => [limit, namespace])).toEqual(
      expect.arrayContaining([
        ['maxSockets', '/small'],
        ['eventRate', '/small'],
      ]),
    );
    client.disconnect();
    await until(() => server.of('/small').sockets.size === 0);
    await running.clients.connect('/small');
  });

  it('are those of each namespace that its pattern matches', async () => {
    await using running = await startApp({ providers: [RoomGateway] });
    const server = running.app.get<Server>(SOCKET_IO_SERVER);
    await running.clients.connect('/room/1');
    const [socket] = server.of('/room/1').sockets.values();
    void socket!.emitWithAck('a').catch(() => {});
    await expect(socket!.emitWithAck('b')).rejects.toMatchObject({ code: 'ACK_LIMIT' });
  });

  it('keep an application from starting that are not those of another gateway of the namespace', async () => {
    expect(await bootError({ providers: [SmallGateway, OtherGateway] })).toMatchObject({
      code: 'INVALID_GATEWAY',
      message: 'OtherGateway and SmallGateway have different limits, and one namespace; give them to one of both',
    });
  });

  it('keep an application from starting that cannot work', async () => {
    expect(await bootError({ providers: [WrongGateway] })).toMatchObject({
      code: 'INVALID_OPTION',
      message: 'maxSockets is a number above 0, not 0',
    });
  });
});
