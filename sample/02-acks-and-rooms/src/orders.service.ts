import { Injectable, NotFoundException } from '@nestjs/common';
import type { Order } from './order.js';

/** Keeps the open orders, in memory. */
@Injectable()
export class OrdersService {
  private readonly orders = new Map<number, Order>();
  private nextId = 1;

  add(table: number, dish: string): Order {
    const order: Order = { id: this.nextId++, table, dish, isReady: false };
    this.orders.set(order.id, order);
    return order;
  }

  finish(id: number): Order {
    const order = this.orders.get(id);
    if (order === undefined) throw new NotFoundException(`There is no order ${id}`);
    this.orders.delete(id);
    return { ...order, isReady: true };
  }
}
