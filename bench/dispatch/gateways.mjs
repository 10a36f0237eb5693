import { Inject, Injectable, Scope, UseGuards, UseInterceptors, UsePipes } from '@nestjs/common';

/** What a client sends in every case, and what it gets back. */
export const payload = { room: 'r1', text: 'hello' };
export const answer = { id: 1 };

export class YesGuard {
  canActivate() {
    return true;
  }
}

export class SamePipe {
  transform(value) {
    return value;
  }
}

export class SameInterceptor {
  intercept(_context, next) {
    return next.handle();
  }
}

/** One per event, or per connection: whatever the layer under it makes of request scope. */
export class RequestState {}
Injectable({ scope: Scope.REQUEST })(RequestState);

/** The events of a gateway, by what stands around their handler. */
export const events = ['plain', 'guard', 'guard + pipe + interceptor', 'request-scoped'];

/**
 * The gateways of the benchmark, written with the decorators of one package: the same source, another import path.
 *
 * @param decorators the exports of `rookery`, or of `@nestjs/websockets`.
 */
export function createGateways({ WebSocketGateway, SubscribeMessage, MessageBody, ConnectedSocket }) {
  class BenchGateway {
    plain(body, socket) {
      return handle(body, socket);
    }
    guarded(body, socket) {
      return handle(body, socket);
    }
    surrounded(body, socket) {
      return handle(body, socket);
    }
  }
  class RequestScopedGateway {
    constructor(state) {
      this.state = state;
    }
    scoped(body, socket) {
      return handle(body, socket);
    }
  }
  const handler = (gateway, name, event, ...around) => {
    MessageBody()(gateway.prototype, name, 0);
    ConnectedSocket()(gateway.prototype, name, 1);
    const descriptor = Object.getOwnPropertyDescriptor(gateway.prototype, name);
    for (const decorate of [SubscribeMessage(event), ...around]) decorate(gateway.prototype, name, descriptor);
  };
  WebSocketGateway({ namespace: 'bench' })(BenchGateway);
  handler(BenchGateway, 'plain', events[0]);
  handler(BenchGateway, 'guarded', events[1], UseGuards(YesGuard));
  handler(
    BenchGateway,
    'surrounded',
    events[2],
    UseGuards(YesGuard),
    UsePipes(SamePipe),
    UseInterceptors(SameInterceptor),
  );
  WebSocketGateway({ namespace: 'bench' })(RequestScopedGateway);
  Inject(RequestState)(RequestScopedGateway, undefined, 0);
  handler(RequestScopedGateway, 'scoped', events[3]);
  return { BenchGateway, RequestScopedGateway };
}

// Reads both arguments, so that no handler can be optimized away.
function handle(body, socket) {
  return body.room === 'r1' && socket.id === 'bench' ? answer : undefined;
}
