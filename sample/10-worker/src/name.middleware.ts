import { Injectable, UnauthorizedException } from '@nestjs/common';
import type { NamespaceMiddleware, NextFunction } from 'rookery';
import type { User, UserSocket } from './report.js';

/** Believes everybody's name; `sample/03-auth` shows how to know it. */
@Injectable()
export class NameMiddleware implements NamespaceMiddleware<UserSocket> {
  use(socket: UserSocket, next: NextFunction): void {
    const { name } = socket.handshake.auth;
    if (typeof name !== 'string' || name === '') throw new UnauthorizedException('Who are you?');
    // With a user, a socket is in the room that `toUser()` reaches.
    Object.assign(socket, { user: { id: name } satisfies User });
    next();
  }
}
