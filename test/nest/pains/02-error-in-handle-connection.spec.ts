import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Catch, ForbiddenException, UseFilters, type ExceptionFilter } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection } from '../../../lib/index.js';
import { next } from '../../support/clients.js';
import { startApp } from '../support.js';

class BannedError extends Error {}

@Catch(BannedError)
class BannedFilter implements ExceptionFilter<BannedError> {
  catch(error: BannedError): unknown {
    return { status: 403, message: `Banned: ${error.message}` };
  }
}

const failures: [how: string, handleConnection: () => unknown][] = [
  [
    'throws',
    () => {
      throw new Error('secret');
    },
  ],
  ['rejects', async () => Promise.reject(new Error('secret'))],
];

describe('an error of handleConnection ends the process, past all filters (nestjs/nest#336)', () => {
  it.each(failures)('it is told the client, which is disconnected, when it %s', async (_how, handleConnection) => {
    @WebSocketGateway()
    class Gateway implements OnGatewayConnection {
      handleConnection(): unknown {
        return handleConnection();
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    const client = running.clients.create();
    const [[told], [reason]] = await Promise.all([next(client, 'exception'), next(client, 'disconnect')]);
    expect(told).toEqual({ status: 500, message: 'Internal server error', event: 'connection' });
    expect(reason).toBe('io server disconnect');
    expect(running.logger.errors.map(([line]) => line)).toEqual(['"connection" failed: secret']);
  });

  it('it goes through the filters of the class', async () => {
    @WebSocketGateway()
    @UseFilters(BannedFilter)
    class Gateway implements OnGatewayConnection {
      async handleConnection(): Promise<void> {
        throw new BannedError('spam');
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    const client = running.clients.create();
    const [[told]] = await Promise.all([next(client, 'exception'), next(client, 'disconnect')]);
    expect(told).toEqual({ status: 403, message: 'Banned: spam', event: 'connection' });
    expect(running.logger.errors).toEqual([]);
  });

  it('it is no error of the log when it was made for clients', async () => {
    @WebSocketGateway()
    class Gateway implements OnGatewayConnection {
      handleConnection(): void {
        throw new ForbiddenException('Not you');
      }
    }
    await using running = await startApp({ providers: [Gateway] });
    const [told] = await next(running.clients.create(), 'exception');
    expect(told).toMatchObject({ status: 403, message: 'Not you' });
    expect(running.logger.errors).toEqual([]);
  });
});
