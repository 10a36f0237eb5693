import { ParseIntPipe, UseFilters, UseGuards } from '@nestjs/common';
import {
  Arg,
  Broadcaster,
  ConnectedSocket,
  OnConnect,
  PublicNamespace,
  SubscribeAck,
  WebSocketGateway,
  type Socket,
} from 'rookery';
import { OrderErrorsFilter } from './order-errors.filter.js';
import type { Order, ServerEvents } from './order.js';
import { OrdersService } from './orders.service.js';
import { StaffGuard } from './staff.guard.js';

@WebSocketGateway({ namespace: '/orders' })
@PublicNamespace()
@UseFilters(OrderErrorsFilter)
export class OrdersGateway {
  constructor(
    private readonly orders: OrdersService,
    private readonly broadcaster: Broadcaster<ServerEvents>,
  ) {}

  /** Before any event is handled, the socket is in its room. */
  @OnConnect()
  async connected(socket: Socket): Promise<void> {
    const { role, table } = socket.handshake.auth;
    await socket.join(role === 'staff' ? 'kitchen' : `table:${Number(table)}`);
  }

  /** Asks the kitchen, and answers the table: `emitWithAck('order', 4, 'soup')`. */
  @SubscribeAck('order', { timeout: 5_000 })
  async order(
    @Arg(0, ParseIntPipe) table: number,
    @Arg(1) dish: string,
  ): Promise<{ order: Order; minutes: number | null }> {
    const order = this.orders.add(table, String(dish));
    const answers = await this.broadcaster.of('/orders').to('kitchen').timeout(1_000).emitWithAck('cook', order);
    return { order, minutes: answers.length === 0 ? null : Math.min(...answers) };
  }

  /** Tells the table; refused with 403 to guests. */
  @UseGuards(StaffGuard)
  @SubscribeAck('finish')
  finish(@Arg(0, ParseIntPipe) id: number, @ConnectedSocket() socket: Socket): Order {
    const order = this.orders.finish(id);
    socket.to(`table:${order.table}`).emit('ready', order);
    return order;
  }
}
