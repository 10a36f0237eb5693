import { Catch, ConflictException, UseFilters, UseGuards, UsePipes, ValidationPipe } from '@nestjs/common';
import { IsInt, IsString, Min, MinLength } from 'class-validator';
import type { Socket as ClientSocket } from 'socket.io-client';
import { z } from 'zod';
import {
  BaseWsExceptionFilter,
  MessageBody,
  RoomGuard,
  SubscribeAck,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
  type AckEnvelope,
  type ErrorAnswer,
  type HandlerOptions,
} from '../../../lib/index.js';

@WebSocketGateway({ namespace: '/seats' })
export class SeatsGateway {
  readonly #taken = new Set<number>();

  @SubscribeAck('take')
  take(@MessageBody() seat: number): { seat: number } {
    if (seat > 100) throw new WsException({ status: 404, message: 'There is no such seat', code: 'NO_SEAT' });
    if (this.#taken.has(seat)) throw new ConflictException('The seat is taken');
    this.#taken.add(seat);
    return { seat };
  }
}

/** On the client: an answer is narrowed by `ok`. */
export async function takeSeat(client: ClientSocket, seat: number): Promise<string> {
  const answer: AckEnvelope<{ seat: number }> = await client.timeout(5_000).emitWithAck('take', seat);
  return answer.ok ? `You sit on ${answer.data.seat}` : `${answer.error.status}: ${answer.error.message}`;
}

export class BookingDto {
  @IsString()
  @MinLength(2, { message: 'name is too short' })
  name!: string;

  @IsInt()
  @Min(1, { message: 'seats has to be 1 at least' })
  seats!: number;
}

@WebSocketGateway({ namespace: '/bookings' })
@UsePipes(new ValidationPipe())
export class BookingsGateway {
  @SubscribeAck('book')
  book(@MessageBody() { name, seats }: BookingDto): string {
    return `${seats} for ${name}`;
  }
}

const Booking = z.object({ name: z.string().min(2, 'name is too short'), seats: z.number() });

@WebSocketGateway({ namespace: '/zod' })
export class ZodGateway {
  @SubscribeAck('book', { schema: Booking })
  book(@MessageBody() { name, seats }: z.infer<typeof Booking>): string {
    return `${seats} for ${name}`;
  }
}

export class SoldOutError extends Error {}

@Catch(SoldOutError)
export class SoldOutFilter extends BaseWsExceptionFilter<SoldOutError> {
  override catch(error: SoldOutError): ErrorAnswer {
    return { status: 410, message: error.message, code: 'SOLD_OUT' };
  }
}

@WebSocketGateway({ namespace: '/concerts' })
@UseFilters(SoldOutFilter)
export class ConcertsGateway {
  @SubscribeAck('reserve')
  reserve(): never {
    throw new SoldOutError('No seat is left');
  }
}

/** A gateway with a handler for each row of the tables in the guide, named by it. */
export function casesGateway(
  namespace: string,
  Subscribe: (event: string, options?: HandlerOptions) => MethodDecorator,
): new () => object {
  @WebSocketGateway({ namespace })
  class CasesGateway {
    @Subscribe('returns a value')
    value(): object {
      return { id: 1 };
    }

    @Subscribe('returns nothing')
    nothing(): void {}

    @Subscribe('returns null')
    null(): null {
      return null;
    }

    @Subscribe('returns a promise of a value')
    promise(): Promise<number> {
      return Promise.resolve(1);
    }

    @Subscribe('yields 1, then 2')
    async *stream(): AsyncGenerator<number> {
      yield 1;
      yield 2;
    }

    @Subscribe('throws a WsException of a text')
    late(): never {
      throw new WsException('Too late');
    }

    @Subscribe('throws a WsException of an object')
    exact(): never {
      throw new WsException({ status: 409, message: 'Taken', code: 'TAKEN', details: { by: 'Ada' } });
    }

    @Subscribe('throws an HttpException')
    http(): never {
      throw new ConflictException('Taken');
    }

    @Subscribe('throws another error')
    internal(): never {
      throw new Error('the password of the database');
    }

    @Subscribe('is refused by a guard')
    @UseGuards({ canActivate: () => false })
    guarded(): void {}

    @Subscribe('fails the validation of class-validator')
    @UsePipes(new ValidationPipe())
    dto(@MessageBody() _booking: BookingDto): void {}

    @Subscribe('fails the schema of zod', { schema: Booking })
    zod(): void {}

    @Subscribe('takes longer than its timeout', { timeout: 10 })
    never(): Promise<void> {
      return new Promise(() => {});
    }

    @Subscribe('is for members of a room')
    @RoomGuard('room:{seats}')
    members(): void {}

    @Subscribe('is for members of a room that the event does not name')
    @RoomGuard('room:{id}')
    nameless(): void {}

    @Subscribe('returns what JSON cannot hold')
    bigint(): bigint {
      return 1n;
    }

    @Subscribe('throws, and a filter answers')
    @UseFilters(SoldOutFilter)
    filtered(): never {
      throw new SoldOutError('No seat is left');
    }
  }
  return CasesGateway;
}

export const casesGateways = [casesGateway('/message', SubscribeMessage), casesGateway('/ack', SubscribeAck)];
