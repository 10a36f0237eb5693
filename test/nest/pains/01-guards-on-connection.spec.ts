import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { UnauthorizedException, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { SubscribeAck, UseConnectionGuards, WebSocketGateway, type Socket } from '../../../lib/index.js';
import { refusal } from '../refusal.js';
import { startApp } from '../support.js';

class TicketGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.switchToWs().getClient<Socket>().handshake.auth.ticket === 'valid') return true;
    throw new UnauthorizedException('No ticket');
  }
}

const refused = { message: 'No ticket', data: { status: 401, message: 'No ticket' } };

describe('guards do not run on connection (nestjs/nest#882)', () => {
  it('those of @UseConnectionGuards() do, before the client is told that it is connected', async () => {
    const connected: string[] = [];
    @WebSocketGateway()
    @UseConnectionGuards(TicketGuard)
    class Gateway {
      handleConnection(socket: Socket): void {
        connected.push(socket.id);
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    expect(await refusal(running.clients)).toEqual(refused);
    const { id } = await running.clients.connect('/', { auth: { ticket: 'valid' } });
    expect(connected).toEqual([id]);
  });

  it('those of @UseGuards() on the class do, where the gateway says so', async () => {
    @WebSocketGateway({ connectionGuards: 'class' })
    @UseGuards(TicketGuard)
    class Gateway {
      @SubscribeAck('event')
      event(): string {
        return 'handled';
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    expect(await refusal(running.clients)).toEqual(refused);
    const client = await running.clients.connect('/', { auth: { ticket: 'valid' } });
    expect(await client.emitWithAck('event')).toEqual({ ok: true, data: 'handled' });
  });
});
