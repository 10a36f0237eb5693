import type { Type } from '@nestjs/common';
import type { NamespaceMiddleware, NamespaceMiddlewareFunction } from '../handshake/namespace-middleware.js';
import { classList } from './class-list.js';
import { namespaceMiddlewareMetadata } from './metadata.js';

/**
 * Runs middlewares in order before a client is told that it is connected to the gateway's namespace.
 *
 * They come first, then `@NamespaceAuth()`, then `@UseConnectionGuards()`; of several gateways in one namespace, those of
 * all of them. `next()` goes on, `next(error)` refuses with the error's message and `data`. An `HttpException` or
 * `WsException`, passed or thrown, refuses with `{ status, message, … }`; anything else that is thrown is logged once and
 * told as a 500.
 *
 * @param middlewares functions, instances, or classes, which are found and made as those of `@UseConnectionGuards()`.
 */
export function UseNamespaceMiddleware(
  ...middlewares: (Type<NamespaceMiddleware> | NamespaceMiddleware | NamespaceMiddlewareFunction)[]
): ClassDecorator {
  return classList(namespaceMiddlewareMetadata, middlewares);
}
