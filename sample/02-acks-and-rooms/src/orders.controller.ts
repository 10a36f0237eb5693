import { Controller, Delete, Param, ParseIntPipe } from '@nestjs/common';
import { Broadcaster } from 'rookery';
import type { Order, ServerEvents } from './order.js';
import { OrdersService } from './orders.service.js';

/** Finishes an order over HTTP: `curl -X DELETE localhost:3000/orders/1`. */
@Controller('orders')
export class OrdersController {
  constructor(
    private readonly orders: OrdersService,
    private readonly broadcaster: Broadcaster<ServerEvents>,
  ) {}

  @Delete(':id')
  finish(@Param('id', ParseIntPipe) id: number): Order {
    const order = this.orders.finish(id);
    this.broadcaster.of('/orders').to(`table:${order.table}`).emit('ready', order);
    return order;
  }
}
