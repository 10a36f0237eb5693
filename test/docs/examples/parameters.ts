import { Injectable, ParseIntPipe } from '@nestjs/common';
import session from 'express-session';
import { z } from 'zod';
import {
  Ack,
  Arg,
  Args,
  ConnectedSocket,
  CurrentUser,
  EventName,
  Handshake,
  InjectServer,
  MessageBody,
  NamespaceAuth,
  NamespaceParam,
  OnConnect,
  Session,
  SocketData,
  SubscribeAck,
  SubscribeMessage,
  WebSocketGateway,
  type Server,
  type Socket,
} from '../../../lib/index.js';

@WebSocketGateway({ namespace: '/shop/:city' })
export class ShopGateway {
  @SubscribeAck('buy')
  buy(@MessageBody('count', ParseIntPipe) count: number, @NamespaceParam('city') city: string): string {
    return `${count} bought in ${city}`;
  }

  @SubscribeAck('search')
  search(@MessageBody({ schema: z.object({ words: z.string().min(3) }) }) { words }: { words: string }): string {
    return words.toUpperCase();
  }

  @SubscribeAck('compare')
  compare(@Arg(0) left: number, @Arg(1, ParseIntPipe) right: number): boolean {
    return left < right;
  }

  @SubscribeAck('total')
  total(@Args() prices: number[]): number {
    return prices.reduce((sum, price) => sum + price, 0);
  }

  @SubscribeMessage('later')
  later(@MessageBody() milliseconds: number, @Ack() ack?: (answer: string) => void): void {
    setTimeout(() => ack?.('Here it is'), milliseconds);
  }

  @SubscribeAck('me')
  me(@ConnectedSocket() socket: Socket): string {
    return socket.id;
  }

  @SubscribeAck('language')
  language(@Handshake('headers') headers: Record<string, string>): string | undefined {
    return headers['accept-language'];
  }

  @OnConnect()
  open(socket: Socket): void {
    socket.data.cart = [];
  }

  @SubscribeAck('put')
  put(@MessageBody() item: string, @SocketData('cart') cart: string[], @EventName() event: string): string {
    cart.push(item);
    return `${event}: ${cart.join(', ')}`;
  }
}

@WebSocketGateway({ namespace: '/account' })
@NamespaceAuth('jwt')
export class AccountGateway {
  @SubscribeAck('name')
  name(@CurrentUser('sub') name: string): string {
    return name;
  }
}

@Injectable()
export class Sessions {
  constructor(@InjectServer() server: Server) {
    server.engine.use(session({ secret: 'of the application', resave: false, saveUninitialized: true }));
  }
}

@WebSocketGateway({ namespace: '/visits' })
export class VisitsGateway {
  @SubscribeAck('visitor')
  visitor(@Session('id') id: string): string {
    return id;
  }
}
