import type { CanActivate, Type } from '@nestjs/common';
import { classList } from './class-list.js';
import { connectionGuardsMetadata } from './metadata.js';

/**
 * Asks guards before a client is told that it is connected to the gateway's namespace.
 *
 * A refusal, or an exception, is the client's `connect_error`: its message, and `data` with `{ status, message, code?,
 * details? }`. The guards run in order, behind the middlewares and the authentication of the namespace; global ones are
 * for events and do not run here, nor do those of `@UseGuards()`, but for those of a class with `connectionGuards: 'class'`.
 *
 * Their context is one of type `ws`: the client is the `Socket`, the data its `auth`, the pattern `connection`; the class
 * is the gateway, and the handler its `handleConnection`, or first `@OnConnect()` method, or, without any, the class.
 * Guards written for HTTP find a request: `switchToHttp().getRequest()` is the `Socket`, which has the fields of one.
 *
 * @param guards instances; or classes, of which a provider that the gateway's module can see is taken as it is, and
 * anything else is made by that module. Request-scoped ones are made per connection, with the socket as `REQUEST`.
 */
export function UseConnectionGuards(...guards: (Type<CanActivate> | CanActivate)[]): ClassDecorator {
  return classList(connectionGuardsMetadata, guards);
}
