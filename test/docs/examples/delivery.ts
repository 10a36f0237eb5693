import { Injectable, Module } from '@nestjs/common';
import type { Socket as PublishedSocket } from 'socket.io-client';
import { io, receiveReliably, type OffsetStorage, type Socket } from '../../../lib/client/node/index.js';
import {
  Broadcaster,
  SocketIoModule,
  UseNamespaceMiddleware,
  WebSocketGateway,
  type NextFunction,
  type Socket as ServerSocket,
} from '../../../lib/index.js';

/** What the server sends. */
export interface OrderEvents {
  shipped(order: string): void;
}

/** What clients send. */
export interface ShopEvents {
  order(article: string, answer: (number: string) => void): void;
  orders(answer: (open: string[]) => void): void;
}

@Injectable()
export class OrdersService {
  constructor(private readonly broadcaster: Broadcaster<OrderEvents>) {}

  async ship(userId: string, order: string): Promise<void> {
    await this.broadcaster.toUser(userId).emitReliable('shipped', order);
  }
}

/** Takes users at their word; yours verifies a token. */
function authenticate(socket: ServerSocket, next: NextFunction): void {
  Object.assign(socket, { user: { id: socket.handshake.auth['user'] as unknown } });
  next();
}

@WebSocketGateway()
@UseNamespaceMiddleware(authenticate)
export class OrdersGateway {}

@Module({
  imports: [SocketIoModule.forRoot({ reliableDelivery: { maxAge: 24 * 3_600_000 } })],
  providers: [OrdersService, OrdersGateway],
})
export class OrdersModule {}

/** Shows what is shipped, also what was while nobody looked; `storage` is `sessionStorage` of the page. */
export function follow(url: string, user: string, storage: OffsetStorage, show: (order: string) => void) {
  const socket: Socket<OrderEvents, ShopEvents> = io(url, { auth: { user }, forceNew: true });
  const reception = receiveReliably(socket, {
    storage,
    // What is not kept any more is asked for as a whole.
    onLost: () => socket.emit('orders', (open) => open.forEach(show)),
  });
  socket.on('shipped', show);
  return { socket, reception };
}

/** Has the published client say what it has. What comes twice or too early is left to the application. */
export function announce(socket: PublishedSocket): void {
  const offsets: Record<string, string> = {};
  const behind = (offset = ''): string => offset.replace(/\d+$/, (number) => `${Number(number) + 1}`);
  socket.auth = { ...socket.auth, offsets };
  socket.on('rookery:streams', (told: Record<string, [offset: string, lost: number]>) => {
    for (const [stream, [offset]] of Object.entries(told)) offsets[stream] = offset;
  });
  socket.onAny((...args) => {
    const { stream, offset } = (args.at(-1) ?? {}) as { stream?: string; offset?: string };
    if (stream !== undefined && offset === behind(offsets[stream])) offsets[stream] = offset;
  });
}
