import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { ConflictException, ForbiddenException, ParseIntPipe, UseGuards, type CanActivate } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '../../../lib/index.js';
import { next } from '../../support/clients.js';
import { startApp } from '../support.js';

const closed: CanActivate = {
  canActivate: () => {
    throw new ForbiddenException('closed');
  },
};

@WebSocketGateway()
class SeatsGateway {
  @SubscribeMessage('book')
  async book(@MessageBody('seat', ParseIntPipe) seat: number): Promise<string> {
    if (seat === 7) throw new ConflictException(`seat ${seat} is taken`);
    return 'booked';
  }

  @UseGuards(closed)
  @SubscribeMessage('cancel')
  cancel(): string {
    return 'cancelled';
  }
}

describe('an error never reaches the ack (nestjs/nest#2115, nestjs/nest#3977, nestjs/nest#10883)', () => {
  it('is the answer to whoever asked, wherever it was thrown', async () => {
    await using running = await startApp({ providers: [SeatsGateway] });
    const client = await running.clients.connect();
    expect(await client.emitWithAck('book', { seat: '6' })).toBe('booked');
    expect(await client.emitWithAck('book', { seat: '7' })).toEqual({ status: 409, message: 'seat 7 is taken' });
    expect(await client.emitWithAck('book', { seat: 'x' })).toMatchObject({ status: 400 });
    expect(await client.emitWithAck('cancel')).toEqual({ status: 403, message: 'closed' });
  });

  it('is an `exception` event only where nobody asked, or where the application wants both', async () => {
    await using running = await startApp({ providers: [SeatsGateway] });
    const client = await running.clients.connect();
    const exceptions: unknown[] = [];
    client.on('exception', (exception) => exceptions.push(exception));
    await client.emitWithAck('cancel');
    expect(exceptions).toEqual([]);
    client.emit('cancel');
    // Answered behind the event that is not asked about.
    await client.emitWithAck('book', { seat: '6' });
    expect(exceptions).toEqual([{ status: 403, message: 'closed', event: 'cancel' }]);

    await using both = await startApp({ options: { errors: 'both' }, providers: [SeatsGateway] });
    const other = await both.clients.connect();
    const told = next(other, 'exception');
    expect(await other.emitWithAck('cancel')).toMatchObject({ status: 403 });
    expect(await told).toEqual([{ status: 403, message: 'closed', event: 'cancel' }]);
  });
});
