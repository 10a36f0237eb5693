import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Injectable, UnauthorizedException } from '@nestjs/common';
import {
  SubscribeMessage,
  UseNamespaceMiddleware,
  WebSocketGateway,
  type NamespaceMiddleware,
  type NextFunction,
  type Socket,
} from '../../../lib/index.js';
import { next } from '../../support/clients.js';
import { startApp } from '../support.js';

@Injectable()
class Tickets {
  isValid(ticket: unknown): boolean {
    return ticket === 'paid';
  }
}

@Injectable()
class TicketMiddleware implements NamespaceMiddleware {
  constructor(private readonly tickets: Tickets) {}
  use(socket: Socket, proceed: NextFunction): void {
    if (this.tickets.isValid(socket.handshake.auth.ticket)) proceed();
    else throw new UnauthorizedException('No ticket');
  }
}

@WebSocketGateway({ namespace: '/show' })
@UseNamespaceMiddleware(TicketMiddleware)
class Show {
  @SubscribeMessage('seat')
  seat(): number {
    return 12;
  }
}

@WebSocketGateway()
class Lobby {
  @SubscribeMessage('hi')
  hi(): string {
    return 'hi';
  }
}

describe('no middleware per namespace that injects anything (nestjs/nest#637)', () => {
  it('lets in and refuses clients of its namespace, and of no other', async () => {
    await using running = await startApp({ providers: [Tickets, Show, Lobby] });
    const seated = await running.clients.connect('/show', { auth: { ticket: 'paid' } });
    expect(await seated.emitWithAck('seat')).toBe(12);
    const refused = running.clients.create('/show');
    const [error] = (await next(refused, 'connect_error')) as [Error & { data: unknown }];
    expect([error.message, error.data]).toEqual(['No ticket', { status: 401, message: 'No ticket' }]);
    expect(await (await running.clients.connect('/')).emitWithAck('hi')).toBe('hi');
  });
});
